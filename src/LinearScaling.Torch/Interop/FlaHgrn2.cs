using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Interop;

/// <summary>flash-linear-attention's <c>HGRN2ForCausalLM</c>.</summary>
/// <remarks>
/// It multiplies the mixer's output by 1/sqrt(K) (K the head's width) before a norm whose epsilon is 1e-5 regardless of
/// <c>norm_eps</c>. A factor c on its input changes a norm only through epsilon: with c = 1/sqrt(K) its 1e-5 is our
/// 1e-5 K. On export, where epsilon differs, the factor goes into the values' matrix.
/// </remarks>
/// <param name="fusedMlp">The layout before February 2025: <c>gate_proj</c> holds the rows of gate and up.</param>
internal sealed class FlaHgrn2(bool fusedMlp) : CheckpointLayout
{
    private const double OutNormEps = 1e-5;

    public override string Name => fusedMlp ? "fla-hgrn2 with fused gate_proj" : "fla-hgrn2";

    public override bool CanExport => !fusedMlp;

    public override bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors) =>
        (
            config.HasArchitecture("HGRN2ForCausalLM")
            || (config.HasModelType("hgrn2") && tensors.Contains("model.embeddings.weight"))
        )
        && tensors.Contains("model.layers.0.mlp.up_proj.weight") != fusedMlp;

    public override ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors)
    {
        config.Require("hidden_act", "swish", "silu");
        config.Require("use_short_conv", "false");
        config.RequireAbsent("attn", "layers of softmax attention among those of HGRN2");
        var (hidden, expand) = (config.Int("hidden_size"), config.Int("expand_ratio", 128));
        if (hidden % expand != 0)
            throw config.Problem($"hidden_size ({hidden}) must be divisible by expand_ratio ({expand})");
        config.RequireEqual("num_heads", hidden / expand, "hidden_size / expand_ratio: lcs has square states");
        var ratio = config.Int("hidden_ratio", 4);
        return new Hgrn2Config
        {
            HiddenSize = hidden,
            NumLayers = config.Layers("num_hidden_layers"),
            NumHeads = hidden / expand,
            VocabSize = config.Int("vocab_size"),
            IntermediateSize = config.Int("intermediate_size", (2 * hidden * ratio / 3 + 255) / 256 * 256),
            Norm = config.Bool("elementwise_affine", true) ? NormKind.Rms : NormKind.Srms,
            NormEps = config.Double("norm_eps", 1e-6),
            GluAct = Activation.Silu,
            TieEmbeddings = config.Bool("tie_word_embeddings", false),
            UseLowerBound = config.Bool("use_lower_bound", true),
            OutNormEps = OutNormEps * expand,
        };
    }

    public override IEnumerable<ForeignTensor> Tensors(ModelConfig config)
    {
        var hgrn2 = (Hgrn2Config)config;
        yield return new("model.embeddings.weight", "embed.weight");
        if (hgrn2.UseLowerBound)
            yield return new("model.lower_bounds", "lower_bounds");
        for (var l = 0; l < config.NumLayers; l++)
        {
            var (theirs, ours) = ($"model.layers.{l}.", $"blocks.{l}.");
            foreach (var gain in Gain(config, theirs + "attn_norm.weight", ours + "mixer_norm.weight"))
                yield return gain;
            yield return new(theirs + "attn.q_proj.weight", ours + "mixer.q.weight");
            yield return new(theirs + "attn.f_proj.weight", ours + "mixer.f.weight");
            yield return new(
                theirs + "attn.i_proj.weight",
                [ours + "mixer.v.weight"],
                ExportFactor: ValueFactor(hgrn2)
            );
            foreach (var gain in Gain(config, theirs + "attn.g_norm.weight", ours + "mixer.norm.weight"))
                yield return gain;
            yield return new(theirs + "attn.o_proj.weight", ours + "mixer.o.weight");
            foreach (var gain in Gain(config, theirs + "mlp_norm.weight", ours + "glu_norm.weight"))
                yield return gain;
            if (fusedMlp)
                yield return new(theirs + "mlp.gate_proj.weight", [ours + "glu.gate.weight", ours + "glu.up.weight"]);
            else
            {
                yield return new(theirs + "mlp.gate_proj.weight", ours + "glu.gate.weight");
                yield return new(theirs + "mlp.up_proj.weight", ours + "glu.up.weight");
            }
            yield return new(theirs + "mlp.down_proj.weight", ours + "glu.down.weight");
        }
        foreach (var gain in Gain(config, "model.norm.weight", "norm.weight"))
            yield return gain;
        foreach (var head in Head(config))
            yield return head;
    }

    public override IEnumerable<string> Inexpressible(ModelConfig config)
    {
        if (config is not Hgrn2Config hgrn2)
        {
            yield return "the architecture: it holds HGRN2 models only";
            yield break;
        }
        if (config.Norm == NormKind.Layernorm)
            yield return "norm: layernorm (it has rms, and srms as rms without gains)";
        if (config.GluAct != Activation.Silu)
            yield return $"glu_act: {config.GluAct} (it has silu)";
        if (config.EmbedScale != EmbedScale.None)
            yield return $"embed_scale: {config.EmbedScale} (it has none)";
        if (hgrn2.OutNormGroups != 1)
            yield return $"out_norm_groups: {hgrn2.OutNormGroups} (it has 1)";
    }

    public override JsonObject WriteConfig(ModelConfig config, int seqLen) =>
        new()
        {
            ["architectures"] = new JsonArray("HGRN2ForCausalLM"),
            ["model_type"] = "hgrn2",
            ["attn_mode"] = "chunk",
            ["hidden_size"] = config.HiddenSize,
            ["intermediate_size"] = config.GluSize,
            ["num_hidden_layers"] = config.NumLayers,
            ["num_heads"] = config.NumHeads,
            ["expand_ratio"] = config.HeadDim,
            ["vocab_size"] = config.VocabSize,
            ["max_position_embeddings"] = seqLen,
            ["norm_eps"] = config.NormEps,
            ["elementwise_affine"] = config.Norm == NormKind.Rms,
            ["use_lower_bound"] = ((Hgrn2Config)config).UseLowerBound,
            ["use_short_conv"] = false,
            ["tie_word_embeddings"] = config.TieEmbeddings,
            ["hidden_act"] = "swish",
        };

    private static double ValueFactor(Hgrn2Config config) =>
        config.OutNormEps == OutNormEps * config.HeadDim
            ? 1
            : Math.Sqrt(OutNormEps * config.HeadDim / (config.OutNormEps ?? config.NormEps));
}
