using LinearScaling.Compute;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Tests.Torch.Architectures;

public sealed class ModelFlopsTests
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

    public static TheoryData<string> Names => [.. ModelConfig.Variants.Names, WalkThrough.Name];

    [Theory]
    [InlineData("llama", false, "1.6 5.6 18.0 40.4 99.6 202.7")]
    [InlineData("tnl", true, "0.5 2.2 7.9 22.3 66.6 154.4")]
    [InlineData("hgrn2", false, "0.5 2.1 8.0 22.0 66.0 153.6")]
    [InlineData("cosformer2", true, "0.5 2.3 8.1 22.7 67.4 155.6")]
    public void The_paper_convention_prints_the_studys_table_7(string name, bool linearDepth, string published)
    {
        const double tokensPerStep = 480 * 8192;
        var computed = Study.Select(s =>
            tokensPerStep
            / 1e15
            * (
                Some.Config(name) with
                {
                    HiddenSize = s.Width,
                    NumLayers = linearDepth ? s.LinearLayers : s.Layers,
                    NumHeads = s.Width / 128,
                }
            ).FlopsPerToken(8192)["paper"]
        );
        Assert.Equal(published, string.Join(' ', computed.Select(c => c.ToString("F1", null))));
    }

    [Fact]
    public void Exact_counts_matrices_head_and_the_causal_half_of_attention()
    {
        // 2 layers, d = 4, V = 10, n = 3: positions see 1, 2 and 3 tokens, on average 2.
        var llama = new LlamaConfig
        {
            HiddenSize = 4,
            NumLayers = 2,
            NumHeads = 2,
            VocabSize = 10,
            IntermediateSize = 5,
        };
        var matrices = 2 * (4 * 4 * 4 + 3 * 4 * 5);
        Assert.Equal(matrices, llama.Matrices);
        Assert.Equal(3 * (2 * matrices + 2 * 40 + 2 * (4 * 4 * 2)), llama.FlopsPerToken(3)["exact"]);
    }

    [Theory]
    [InlineData("tnl", 5 * (2 + 1), 0)] // of its first layer the state is twice as large
    [InlineData("hgrn2", 5 * 2, 0)]
    [InlineData("cosformer2", 4 * 2 * 2, 4)]
    public void Exact_counts_a_recurrence_as_decay_update_and_read_of_each_state_element(
        string name,
        int perElement,
        int entry
    )
    {
        var config = Some.Config(name); // 2 layers, 24 wide, 3 heads
        var recurrence = 24 * 8 * (perElement + entry);
        Assert.Equal(3 * (2 * config.Matrices + 2 * 24 * 31 + recurrence), config.FlopsPerToken(3)["exact"]);
        Assert.Equal(config.FlopsPerToken(3)["exact"], config.FlopsPerToken(99)["exact"]);
    }

    [Fact]
    public void Every_option_that_adds_a_matrix_adds_its_flops()
    {
        var tnl = (TnlConfig)Some.Config("tnl");
        Assert.Equal(2 * (4 * 24 * 24 + 2 * 24 * 8 + 3 * 24 * 20), tnl.Matrices);
        Assert.Equal(2 * (5 * 24 * 24 + 3 * 24 * 20), (tnl with { OutputGate = OutputGateKind.FullLinear }).Matrices);
        var cosFormer2 = (CosFormer2Config)Some.Config("cosformer2");
        Assert.Equal(tnl.Matrices, cosFormer2.Matrices);
        Assert.Equal(tnl.Matrices + 24 * 24, (cosFormer2 with { Tpe = TpeKind.Ema }).Matrices);
        Assert.Equal(2 * (4 * 24 * 24 + 3 * 24 * 20), Some.Config("hgrn2").Matrices);
        Assert.Equal(
            2 * (2 * 24 * 24 + 2 * 24 * 8 + 3 * 24 * 20),
            ((LlamaConfig)Some.Config("llama") with { NumKvHeads = 1 }).Matrices
        );
    }

    [Theory, MemberData(nameof(Names))]
    public void Six_n_d_and_palm_follow_their_formulas(string name)
    {
        var config = Some.Config(name);
        var n = config.Counts().NonEmbedding;
        var flops = config.FlopsPerToken(3);
        Assert.Equal(6 * n, flops["6nd"]);
        var compared = config.State.Mixers == 0 ? 2 * 24 * 3 : config.State.Mixers;
        Assert.Equal(6 * (n + 24 * 31) + 12 * compared, flops["palm"]);
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_convention_is_counted_and_the_papers_where_it_has_a_formula(string name)
    {
        var config = Some.Config(name);
        Assert.Equal(
            Flops.Conventions.Where(c => c != "paper" || config.PaperFactor(64) is not null),
            config.FlopsPerToken(64).Keys
        );
    }

    [Theory, MemberData(nameof(Names))]
    public void Only_a_cache_of_keys_and_values_costs_more_at_later_positions(string name)
    {
        var config = Some.Config(name);
        var growth = ModelFlops.Inference(config, 100) - ModelFlops.Inference(config, 99);
        Assert.Equal(config.State.KeyValue > 0, growth > 0);
        if (name == "llama")
            Assert.Equal(2 * (4 * 24 + 3 * 3), growth);
    }
}
