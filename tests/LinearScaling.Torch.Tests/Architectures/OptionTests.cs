using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>Every option of every architecture: it trains, decodes what it trained, and counts what it holds.</summary>
public sealed class OptionTests
{
    private static readonly TnlConfig Tnl = (TnlConfig)Some.Config("tnl");
    private static readonly Hgrn2Config Hgrn2 = (Hgrn2Config)Some.Config("hgrn2");
    private static readonly CosFormer2Config CosFormer2 = (CosFormer2Config)Some.Config("cosformer2");
    private static readonly LlamaConfig Llama = (LlamaConfig)Some.Config("llama");

    private static readonly Dictionary<string, ModelConfig> Options = new()
    {
        ["tnl rms"] = Tnl with { Norm = NormKind.Rms },
        ["tnl layernorm"] = Tnl with { Norm = NormKind.Layernorm },
        ["tnl full gate"] = Tnl with { OutputGate = OutputGateKind.FullLinear },
        ["tnl gate rank"] = Tnl with { GateRank = 5 },
        ["tnl paper decay"] = Tnl with { Decay = DecayFamily.Paper },
        ["tnl fla decay"] = Tnl with { Decay = DecayFamily.Fla },
        ["tnl xmixers decay"] = Tnl with { Decay = DecayFamily.Xmixers },
        ["tnl no lrpe"] = Tnl with { LrpeLayers = [] },
        ["tnl lrpe everywhere"] = Tnl with { LrpeLayers = [0, 1] },
        ["tnl fixed theta"] = Tnl with { ThetaLearnable = false, ThetaInit = ThetaInit.PerHead },
        ["tnl norm groups"] = Tnl with { OutNormGroups = 3, Norm = NormKind.Rms },
        ["tnl swiglu, untied, scaled"] = Tnl with
        {
            GluAct = Activation.Silu,
            TieEmbeddings = false,
            EmbedScale = EmbedScale.SqrtD,
        },
        ["tnl one layer"] = Tnl with { NumLayers = 1 },
        ["hgrn2 layernorm groups"] = Hgrn2 with { Norm = NormKind.Layernorm, OutNormGroups = 2 },
        ["hgrn2 no lower bound"] = Hgrn2 with { UseLowerBound = false },
        ["hgrn2 swiglu, untied"] = Hgrn2 with { GluAct = Activation.Silu, TieEmbeddings = false, Norm = NormKind.Rms },
        ["cosformer2 layernorm"] = CosFormer2 with { Norm = NormKind.Layernorm },
        ["cosformer2 no tpe"] = CosFormer2 with { Tpe = TpeKind.None },
        ["cosformer2 tpe without residual"] = CosFormer2 with { TpeResidual = false },
        ["cosformer2 tpe of 3"] = CosFormer2 with { TpeExpansion = 3 },
        ["cosformer2 ema"] = CosFormer2 with { Tpe = TpeKind.Ema },
        ["cosformer2 ema without residual"] = CosFormer2 with { Tpe = TpeKind.Ema, TpeResidual = false },
        ["cosformer2 per head"] = CosFormer2 with { ThetaInit = ThetaInit.PerHead },
        ["cosformer2 half"] = CosFormer2 with { ThetaInit = ThetaInit.Half, ThetaLearnable = false },
        ["cosformer2 cosformer1"] = CosFormer2 with { ThetaInit = ThetaInit.Cosformer1, ThetaLength = 64 },
        ["cosformer2 full gate, groups"] = CosFormer2 with
        {
            OutputGate = OutputGateKind.FullLinear,
            OutNormGroups = 4,
        },
        ["llama layernorm"] = Llama with { Norm = NormKind.Layernorm },
        ["llama grouped queries"] = Llama with { NumKvHeads = 1 },
        ["llama untied, no activation"] = Llama with
        {
            TieEmbeddings = false,
            GluAct = Activation.None,
            RopeBase = 500,
        },
    };

    public static TheoryData<string> Names => [.. Options.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Decoding_gives_the_training_forms_logits_and_every_parameter_learns(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Some.LivelyModel(Options[name]);
        Assert.Empty(Options[name].Problems());
        var ids = Some.Ids(1, 19);
        var whole = model.Logits(ids);
        using var state = model.NewState(1);
        foreach (var (start, length) in new[] { (0, 11), (11, 1), (12, 7) })
            Assert.InRange(
                (model.Head(model.Extend(ids.narrow(1, start, length), state)) - whole.narrow(1, start, length))
                    .abs()
                    .max()
                    .item<double>(),
                0,
                1e-10
            );

        nn.functional.cross_entropy(whole.flatten(0, 1), ids.flatten()).backward();
        foreach (var spec in model.Parameters.Specs)
            Assert.True(model.Parameters[spec.Name].grad!.abs().max().item<double>() > 0, spec.Name);
        Assert.Equal(Options[name].Counts().Total, model.Parameters.Buffers.Sum(b => b.Flat.numel()));
    }

    /// <summary>The non-embedding parameters of architectures.md 6.1's formulas, by hand: d = 24, L = 2, H = 3, g =
    /// 20.</summary>
    [Theory]
    [InlineData("tnl full gate", (5 * 576 + 3 * 480) * 2 + 24)]
    [InlineData("tnl gate rank", (4 * 576 + 3 * 480 + 2 * 24 * 5) * 2 + 24)]
    [InlineData("tnl no lrpe", (4 * 576 + 3 * 480 + 2 * 24 * 8) * 2)]
    [InlineData("tnl rms", (4 * 576 + 3 * 480 + 2 * 24 * 8 + 3 * 24) * 2 + 24 + 24)]
    [InlineData("hgrn2 no lower bound", (4 * 576 + 3 * 480) * 2)]
    [InlineData("cosformer2 no tpe", (4 * 576 + 3 * 480 + 2 * 24 * 8 + 24) * 2)]
    [InlineData("cosformer2 ema", (4 * 576 + 3 * 480 + 2 * 24 * 8 + 24) * 2 + 2 * 24 + 3 + 24 + 576)]
    [InlineData("cosformer2 layernorm", (4 * 576 + 3 * 480 + 2 * 24 * 8 + 24 + 6 * 24) * 2 + 24 * 8 + 2 * 24)]
    [InlineData("llama grouped queries", (2 * 576 + 2 * 24 * 8 + 3 * 480 + 2 * 24) * 2 + 24)]
    public void Options_have_the_parameters_of_their_formulas(string name, long expected) =>
        Assert.Equal(expected, Options[name].Counts().NonEmbedding);

    [Fact]
    public void Published_slopes_for_every_kind_of_head_count()
    {
        Assert.Equal([0.25, 0.0625, 0.015625, 0.00390625], Decay.Slopes(4));
        Assert.Equal([.. Enumerable.Range(1, 8).Select(i => Math.Pow(2, -i))], Decay.Slopes(8));
        Assert.Equal([0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125], Decay.Slopes(6));
        Assert.Equal(
            [.. Decay.Slopes(8), Math.Pow(2, -0.5), Math.Pow(2, -1.5), Math.Pow(2, -2.5), Math.Pow(2, -3.5)],
            Decay.Slopes(12)
        );
        Assert.Equal(
            [.. Decay.Slopes(16), Math.Pow(2, -0.25), Math.Pow(2, -0.75), Math.Pow(2, -1.25), Math.Pow(2, -1.75)],
            Decay.Slopes(20)
        );
    }

    [Fact]
    public void The_last_layer_of_tnl_hardly_forgets_and_a_lone_layer_decays_as_the_first()
    {
        Assert.Equal(0.5e-5, Decay.Slopes(DecayFamily.Alibi, 7, 8, 8)[0], 1e-12);
        Assert.Equal(0.5 * (1 + 1e-5), Decay.Slopes(DecayFamily.Alibi, 0, 1, 8)[0], 1e-12);
    }

    [Fact]
    public void Decay_families_follow_their_formulas()
    {
        Assert.Equal([2 * 0.5, 4 * 0.5, 6 * 0.5, 8 * 0.5], Decay.Slopes(DecayFamily.Paper, 0, 2, 4));
        Assert.Equal([0, 0, 0, 0], Decay.Slopes(DecayFamily.Paper, 1, 2, 4));
        Assert.Equal([0, 2 * 0.5, 4 * 0.5, 6 * 0.5], Decay.Slopes(DecayFamily.Fla, 1, 2, 4));
        Assert.Equal(
            [0.5, 1.0 / 256],
            Decay.Slopes(DecayFamily.Xmixers, 1, 2, 2).Select(s => Math.Round(s / 1e-5, 10))
        );
        Assert.Equal(0.5 * (1 + 1e-5), Decay.Slopes(DecayFamily.Xmixers, 0, 2, 1)[0], 1e-12);
    }

    [Fact]
    public void Angles_start_as_one_ladder_over_all_heads_or_one_a_head()
    {
        double[] Theta(ModelConfig config) =>
            ((Initialization.Values)config.Parameters().First(p => p.Name == "blocks.0.mixer.theta").Start).Make();
        Assert.Equal(1, Theta(CosFormer2)[0]);
        Assert.Equal(Math.Pow(10000, -2.0 * 23 / 24), Theta(CosFormer2)[23], 1e-15);
        Assert.Equal(Theta(Options["cosformer2 per head"])[3], Theta(Options["cosformer2 per head"])[8 + 3]);
        Assert.Equal(Math.PI / 128, Theta(Options["cosformer2 cosformer1"])[5], 1e-15);
    }

    [Fact]
    public void Matrices_start_truncated_and_those_that_write_to_the_residual_smaller()
    {
        using var model = Some.Model(
            new LlamaConfig
            {
                HiddenSize = 64,
                NumLayers = 8,
                NumHeads = 4,
                VocabSize = 500,
            },
            ScalarType.Float32
        );
        using var scope = NewDisposeScope();
        var q = model.Parameters["blocks.3.mixer.q.weight"];
        Assert.Equal(0.02 * 0.9866, q.std().item<float>(), 5e-4); // of a normal cut at three of its standard deviations
        Assert.True(q.abs().max().item<float>() <= 0.06f);
        Assert.Equal(0.02 * 0.9866 / 4, model.Parameters["blocks.3.glu.down.weight"].std().item<float>(), 2e-4);
        Assert.Equal(0.02 * 0.9866 / 4, model.Parameters["blocks.3.mixer.o.weight"].std().item<float>(), 2e-4);
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        Assert.Equal(["hidden_size (24) must be divisible by num_heads (5)"], (Tnl with { NumHeads = 5 }).Problems());
        Assert.Equal(
            ["lrpe_layers: there is no layer 2, the last one is 1"],
            (Tnl with { LrpeLayers = [2] }).Problems()
        );
        Assert.Equal(
            ["hidden_size (24) must be divisible by out_norm_groups (5)"],
            (Hgrn2 with { OutNormGroups = 5 }).Problems()
        );
        Assert.Equal(["chunk_size must be a power of two, got 48"], (Hgrn2 with { ChunkSize = 48 }).Problems());
        Assert.Equal(
            ["num_heads (3) must be divisible by num_kv_heads (2)"],
            (Llama with { NumKvHeads = 2 }).Problems()
        );
        Assert.Equal(
            ["hidden_size / num_heads (3) must be even: RoPE turns pairs"],
            (Llama with { NumHeads = 8 }).Problems()
        );
        Assert.Equal(
            ["theta_init half keeps half of the angles at 0: set theta_learnable to false"],
            (CosFormer2 with { ThetaInit = ThetaInit.Half }).Problems()
        );
    }
}
