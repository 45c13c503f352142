using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Interop;

/// <summary>The HGRN2 authors' own Hugging Face class (hgru2-pytorch, <c>Hgrn2ForCausalLM</c>): values, queries and
/// forget gates in one matrix. Read only.</summary>
internal sealed class Hgru2 : CheckpointLayout
{
    public override string Name => "hgru2";

    public override bool CanExport => false;

    public override bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors) =>
        (config.HasArchitecture("Hgrn2ForCausalLM") || config.HasModelType("hgrn2"))
        && tensors.Contains("model.layers.0.token_mixer.in_proj.weight");

    public override ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors)
    {
        config.Require("norm_type", "simplermsnorm");
        config.Require("in_act", "none");
        config.Require("out_act", "silu", "swish");
        config.Require("glu_act", "none");
        config.Require("bias", "false");
        config.Require("causal", "true");
        var (hidden, expand) = (config.Int("decoder_embed_dim"), config.Int("expand_ratio"));
        if (hidden % expand != 0)
            throw config.Problem($"decoder_embed_dim ({hidden}) must be divisible by expand_ratio ({expand})");
        return new Hgrn2Config
        {
            HiddenSize = hidden,
            NumLayers = config.Layers("decoder_layers"),
            NumHeads = hidden / expand,
            VocabSize = config.Int("vocab_size"),
            IntermediateSize = config.Int("glu_dim"),
            TieEmbeddings = config.Bool("tie_word_embeddings", true),
            EmbedScale = config.Bool("no_scale_embedding", true) ? EmbedScale.None : EmbedScale.SqrtD,
        };
    }

    public override IEnumerable<ForeignTensor> Tensors(ModelConfig config)
    {
        yield return new("model.embed_tokens.weight", "embed.weight");
        yield return new("model.lower_bounds", "lower_bounds");
        for (var l = 0; l < config.NumLayers; l++)
        {
            var (theirs, ours) = ($"model.layers.{l}.", $"blocks.{l}.");
            yield return new(
                theirs + "token_mixer.in_proj.weight",
                [ours + "mixer.v.weight", ours + "mixer.q.weight", ours + "mixer.f.weight"]
            );
            yield return new(theirs + "token_mixer.out_proj.weight", ours + "mixer.o.weight");
            yield return new(theirs + "channel_mixer.l1.weight", ours + "glu.gate.weight");
            yield return new(theirs + "channel_mixer.l2.weight", ours + "glu.up.weight");
            yield return new(theirs + "channel_mixer.l3.weight", ours + "glu.down.weight");
        }
        foreach (var head in Head(config))
            yield return head;
    }

    public override IEnumerable<string> Inexpressible(ModelConfig config) => throw new NotSupportedException();

    public override JsonObject WriteConfig(ModelConfig config, int seqLen) => throw new NotSupportedException();
}
