using LinearScaling.Compute;

namespace LinearScaling.Tests.Compute;

public sealed class FlopsTests
{
    private static readonly (int Layers, int LinearLayers, int Width)[] Study =
    [
        (6, 6, 512),
        (12, 12, 768),
        (26, 25, 1024),
        (32, 32, 1536),
        (35, 35, 2560),
        (32, 32, 4096),
    ];

    [Theory]
    [InlineData(TokenMixer.Softmax, false, "1.6 5.6 18.0 40.4 99.6 202.7")]
    [InlineData(TokenMixer.ConstantDecay, true, "0.5 2.2 7.9 22.3 66.6 154.4")]
    [InlineData(TokenMixer.GatedDecay, false, "0.5 2.1 8.0 22.0 66.0 153.6")]
    [InlineData(TokenMixer.NoDecay, true, "0.5 2.3 8.1 22.7 67.4 155.6")]
    public void The_paper_convention_prints_the_studys_table_7(TokenMixer mixer, bool linearDepth, string published)
    {
        const double tokensPerStep = 480 * 8192;
        var computed = Study.Select(s =>
            tokensPerStep / 1e15 * Flops.Paper(Shape(mixer, linearDepth ? s.LinearLayers : s.Layers, s.Width), 8192)
        );
        Assert.Equal(published, string.Join(' ', computed.Select(c => c.ToString("F1", null))));
    }

    [Fact]
    public void Exact_counts_matrices_head_and_the_causal_half_of_attention()
    {
        // 2 layers, d = 4, 20 matrix elements, V = 10, n = 3: positions see 1, 2 and 3 tokens, on average 2.
        var shape = Shape(TokenMixer.Softmax, 2, 4) with
        {
            Matrices = 20,
            VocabSize = 10,
        };
        Assert.Equal(3 * (2 * 20 + 2 * 40 + 2 * (4 * 4 * 2)), Flops.Exact(shape, 3));
    }

    [Fact]
    public void Exact_counts_a_recurrence_as_decay_update_and_read_of_each_state_element()
    {
        var shape = Shape(TokenMixer.GatedDecay, 2, 4) with { Matrices = 20, VocabSize = 10, State = 7 };
        Assert.Equal(3 * (40 + 80 + 5 * 7), Flops.Exact(shape, 3));
        Assert.Equal(3 * (40 + 80 + 4 * 7), Flops.Exact(shape with { Mixer = TokenMixer.NoDecay }, 99));
        Assert.Equal(
            3 * (40 + 80 + 4 * 7 + 4 * 4 * 6),
            Flops.Exact(shape with { Mixer = TokenMixer.NoDecay, TpeExpansion = 6 }, 99)
        );
    }

    [Fact]
    public void Six_n_d_and_palm_follow_their_formulas()
    {
        var shape = Shape(TokenMixer.Softmax, 2, 4) with { VocabSize = 10 };
        var flops = Flops.PerToken(shape, nonEmbedding: 100, seqLen: 3);
        Assert.Equal(600, flops["6nd"]);
        Assert.Equal(6 * (100 + 40) + 12 * 2 * 4 * 3, flops["palm"]);
        Assert.Equal(Flops.Conventions, flops.Keys);
    }

    [Fact]
    public void Only_softmax_attention_pays_more_at_later_positions()
    {
        var softmax = Shape(TokenMixer.Softmax, 2, 4) with { NumHeads = 2 };
        Assert.Equal(2 * (4 * 4 + 3 * 2), Flops.Inference(softmax, 100) - Flops.Inference(softmax, 99));
        var linear = Shape(TokenMixer.ConstantDecay, 2, 4);
        Assert.Equal(Flops.Inference(linear, 0), Flops.Inference(linear, 100_000));
    }

    [Fact]
    public void A_7b_model_keeps_67_mb_of_state_or_4_gb_of_keys_and_values()
    {
        var linear = Shape(TokenMixer.GatedDecay, 32, 4096) with { State = 32L * 4096 * 128 };
        Assert.Equal(67_108_864, linear.StateBytes);
        var softmax = Shape(TokenMixer.Softmax, 32, 4096) with { KeyValue = 2L * 32 * 4096 };
        Assert.Equal(4_294_967_296, softmax.KeyValueBytes(8192, 2));
    }

    private static ModelShape Shape(TokenMixer mixer, int layers, int width) =>
        new(mixer, width, layers, Math.Max(1, width / 128), 0, 0, 0, 0, 0, 0);
}
