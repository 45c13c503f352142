using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Interop;

/// <summary>TransNormerLLM's first two releases on Hugging Face (<c>TransnormerForCausalLM</c>): full-rank linear gate,
/// all projections in one matrix.</summary>
internal sealed class HfTnl : CheckpointLayout
{
    private const double Eps = 1e-6;

    public override string Name => "hf-tnl";

    public override bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors) =>
        config.HasArchitecture("TransnormerForCausalLM") || config.HasModelType("transnormer");

    public override ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors)
    {
        config.Require("norm_type", "simplermsnorm");
        config.Require("linear_act_fun", "silu", "swish");
        config.Require("glu_act", "none");
        config.Require("bias", "false");
        if (!tensors.Contains(Mixer(0) + "qkvu_proj.weight"))
            throw config.Problem(
                $"lcs reads the layout of TransNormerLLM's first two releases, whose {Mixer(0)}qkvu_proj.weight is "
                    + $"missing here"
            );
        var (hidden, layers) = (config.Int("decoder_embed_dim"), config.Layers("decoder_layers"));
        config.RequireEqual("hidden_dim", hidden, "decoder_embed_dim");
        return new TnlConfig
        {
            HiddenSize = hidden,
            NumLayers = layers,
            NumHeads = config.Int("decoder_attention_heads"),
            VocabSize = config.Int("vocab_size"),
            IntermediateSize = config.Int("glu_dim"),
            NormEps = Eps,
            TieEmbeddings = config.Bool("tie_word_embeddings", true),
            EmbedScale = config.Bool("no_scale_embedding", false) ? EmbedScale.None : EmbedScale.SqrtD,
            LrpeLayers = [.. Enumerable.Range(0, layers).Where(l => tensors.Contains(Mixer(l) + "lrpe.theta"))],
            OutputGate = OutputGateKind.FullLinear,
        };
    }

    public override IEnumerable<ForeignTensor> Tensors(ModelConfig config)
    {
        yield return new("model.embed_tokens.weight", "embed.weight");
        for (var l = 0; l < config.NumLayers; l++)
        {
            var ours = $"blocks.{l}.";
            yield return new(
                Mixer(l) + "qkvu_proj.weight",
                [ours + "mixer.q.weight", ours + "mixer.k.weight", ours + "mixer.v.weight", ours + "mixer.gate.weight"]
            );
            if (((TnlConfig)config).Lrpe(l) is not null)
                yield return new(
                    Mixer(l) + "lrpe.theta",
                    [ours + "mixer.theta"],
                    Shape: [config.NumHeads, 1, config.HeadDim]
                );
            yield return new(Mixer(l) + "out_proj.weight", ours + "mixer.o.weight");
            yield return new($"model.layers.{l}.channel_mixer.l1.weight", ours + "glu.gate.weight");
            yield return new($"model.layers.{l}.channel_mixer.l2.weight", ours + "glu.up.weight");
            yield return new($"model.layers.{l}.channel_mixer.l3.weight", ours + "glu.down.weight");
        }
        foreach (var head in Head(config))
            yield return head;
    }

    public override IEnumerable<string> Inexpressible(ModelConfig config)
    {
        if (config is not TnlConfig tnl)
        {
            yield return "the architecture: it holds TNL models only";
            yield break;
        }
        if (tnl.OutputGate != OutputGateKind.FullLinear)
            yield return $"output_gate: {tnl.OutputGate} (it has full_linear)";
        if (tnl.Norm != NormKind.Srms)
            yield return $"norm: {tnl.Norm} (it has srms)";
        if (tnl.NormEps != Eps)
            yield return $"norm_eps: {tnl.NormEps} (it has 1e-6)";
        if (tnl.GluAct != Activation.None)
            yield return $"glu_act: {tnl.GluAct} (it has none)";
        if (tnl.Decay != DecayFamily.Alibi)
            yield return $"decay: {tnl.Decay} (it has alibi)";
        if (tnl.OutNormGroups != 1)
            yield return $"out_norm_groups: {tnl.OutNormGroups} (it has 1)";
        if (!tnl.ThetaLearnable && Enumerable.Range(0, tnl.NumLayers).Any(l => tnl.Lrpe(l) is not null))
            yield return "theta_learnable: false (its angles are parameters)";
        if (tnl.NumLayers == 1)
            yield return "num_layers: 1 (its code divides by num_layers - 1)";
    }

    public override JsonObject WriteConfig(ModelConfig config, int seqLen) =>
        new()
        {
            ["architectures"] = new JsonArray("TransnormerForCausalLM"),
            ["model_type"] = "transnormer",
            ["decoder_embed_dim"] = config.HiddenSize,
            ["hidden_dim"] = config.HiddenSize,
            ["glu_dim"] = config.GluSize,
            ["decoder_layers"] = config.NumLayers,
            ["decoder_attention_heads"] = config.NumHeads,
            ["vocab_size"] = config.VocabSize,
            ["max_position_embeddings"] = seqLen,
            ["no_scale_embedding"] = config.EmbedScale == EmbedScale.None,
            ["linear_use_lrpe_list"] = new JsonArray([
                .. Enumerable
                    .Range(0, config.NumLayers)
                    .Select(l => JsonValue.Create(((TnlConfig)config).Lrpe(l) is null ? 0 : 1)),
            ]),
            ["linear_act_fun"] = "swish",
            ["norm_type"] = "simplermsnorm",
            ["glu_act"] = "none",
            ["bias"] = false,
            ["tie_word_embeddings"] = config.TieEmbeddings,
        };

    private static string Mixer(int layer) => $"model.layers.{layer}.token_mixer.";
}
