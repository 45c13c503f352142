using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Interop;

/// <summary>Hugging Face's <c>LlamaForCausalLM</c>: RoPE in the half-rotation form, as ours; and Mistral without its
/// sliding window, which has the same layout.</summary>
internal sealed class HfLlama : CheckpointLayout
{
    /// <summary>Keys that are read here, or change nothing that is computed.</summary>
    private static readonly string[] Known =
    [
        "attention_bias",
        "mlp_bias",
        "rope_theta",
        "rope_parameters",
        "rope_scaling",
    ];

    public override string Name => "hf-llama";

    public override bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors) =>
        config.HasArchitecture("LlamaForCausalLM") || config.HasModelType("llama") || IsMistral(config);

    public override ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors)
    {
        if (IsMistral(config) && !config.Names("sliding_window"))
            throw config.Problem("sliding_window: missing key, which means 4096 to Mistral; null is none");
        config.RequireNothingElse(Known);
        config.Require("hidden_act", "silu", "swish");
        config.Require("attention_bias", "false");
        config.Require("mlp_bias", "false");
        var (hidden, heads) = (config.Int("hidden_size"), config.Int("num_attention_heads"));
        config.RequireEqual("head_dim", hidden / heads, "hidden_size / num_attention_heads");
        return new LlamaConfig
        {
            HiddenSize = hidden,
            NumLayers = config.Layers("num_hidden_layers"),
            NumHeads = heads,
            VocabSize = config.Int("vocab_size"),
            IntermediateSize = config.Int("intermediate_size"),
            NormEps = config.Double("rms_norm_eps", 1e-6),
            TieEmbeddings = config.Bool("tie_word_embeddings", false),
            NumKvHeads = config.Int("num_key_value_heads", IsMistral(config) ? 8 : heads),
            RopeBase = RopeBase(config),
        };
    }

    public override IEnumerable<ForeignTensor> Tensors(ModelConfig config)
    {
        yield return new("model.embed_tokens.weight", "embed.weight");
        for (var l = 0; l < config.NumLayers; l++)
        {
            var (theirs, ours) = ($"model.layers.{l}.", $"blocks.{l}.");
            yield return new(theirs + "input_layernorm.weight", ours + "mixer_norm.weight");
            yield return new(theirs + "self_attn.q_proj.weight", ours + "mixer.q.weight");
            yield return new(theirs + "self_attn.k_proj.weight", ours + "mixer.k.weight");
            yield return new(theirs + "self_attn.v_proj.weight", ours + "mixer.v.weight");
            yield return new(theirs + "self_attn.o_proj.weight", ours + "mixer.o.weight");
            yield return new(theirs + "post_attention_layernorm.weight", ours + "glu_norm.weight");
            yield return new(theirs + "mlp.gate_proj.weight", ours + "glu.gate.weight");
            yield return new(theirs + "mlp.up_proj.weight", ours + "glu.up.weight");
            yield return new(theirs + "mlp.down_proj.weight", ours + "glu.down.weight");
        }
        yield return new("model.norm.weight", "norm.weight");
        foreach (var head in Head(config))
            yield return head;
    }

    public override bool IsRedundant(string tensor) =>
        tensor.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    public override IEnumerable<string> Inexpressible(ModelConfig config)
    {
        if (config is not LlamaConfig)
            yield return "the architecture: it holds LLaMA models only";
        if (config.Norm != NormKind.Rms)
            yield return $"norm: {config.Norm} (it has rms)";
        if (config.GluAct != Activation.Silu)
            yield return $"glu_act: {config.GluAct} (it has silu)";
        if (config.EmbedScale != EmbedScale.None)
            yield return $"embed_scale: {config.EmbedScale} (it has none)";
    }

    public override JsonObject WriteConfig(ModelConfig config, int seqLen)
    {
        var llama = (LlamaConfig)config;
        return new()
        {
            ["architectures"] = new JsonArray("LlamaForCausalLM"),
            ["model_type"] = "llama",
            ["hidden_size"] = llama.HiddenSize,
            ["intermediate_size"] = llama.GluSize,
            ["num_hidden_layers"] = llama.NumLayers,
            ["num_attention_heads"] = llama.NumHeads,
            ["num_key_value_heads"] = llama.KvHeads,
            ["vocab_size"] = llama.VocabSize,
            ["max_position_embeddings"] = seqLen,
            ["rms_norm_eps"] = llama.NormEps,
            ["rope_theta"] = llama.RopeBase,
            ["tie_word_embeddings"] = llama.TieEmbeddings,
            ["hidden_act"] = "silu",
            ["attention_bias"] = false,
            ["mlp_bias"] = false,
        };
    }

    private static bool IsMistral(ForeignConfig config) =>
        config.HasArchitecture("MistralForCausalLM") || config.HasModelType("mistral");

    /// <summary>The base of the rotary embedding, at the root or, since Transformers 5, in
    /// <c>rope_parameters</c>.</summary>
    /// <exception cref="LinearScalingException">The frequencies are scaled or only a part of a head turns.</exception>
    private static double RopeBase(ForeignConfig config)
    {
        double? found = config.Has("rope_theta") ? config.Double("rope_theta") : null;
        foreach (var name in new[] { "rope_parameters", "rope_scaling" })
        {
            if (config.Section(name) is not { } rope)
                continue;
            rope.Require("partial_rotary_factor", "1", "1.0");
            if (rope.HasSections)
                throw rope.Problem("lcs does not implement one rotary embedding for each kind of layer");
            var kind = rope.Has("rope_type") ? "rope_type" : "type";
            // a factor of 1 scales nothing, but a dynamic one still changes the base of long texts
            if (!rope.Has("factor") || rope.Double("factor") != 1 || rope.Is(kind, "dynamic"))
                rope.Require(kind, "default");
            if (!rope.Has(kind))
                rope.Require("factor", "1", "1.0");
            if (!rope.Has("rope_theta"))
                continue;
            var own = rope.Double("rope_theta");
            if (found is not null && found != own)
                throw rope.Problem($"rope_theta: is {own} here and {found} elsewhere in the file");
            found = own;
        }
        return found ?? 10000;
    }
}
