using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Interop;

/// <summary>Hugging Face's <c>LlamaForCausalLM</c>: RoPE in the half-rotation form, as ours.</summary>
internal sealed class HfLlama : CheckpointLayout
{
    public override string Name => "hf-llama";

    public override bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors) =>
        config.HasArchitecture("LlamaForCausalLM") || config.HasModelType("llama");

    public override ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors)
    {
        config.Require("hidden_act", "silu", "swish");
        config.Require("attention_bias", "false");
        config.Require("mlp_bias", "false");
        var (hidden, heads) = (config.Int("hidden_size"), config.Int("num_attention_heads"));
        config.RequireEqual("head_dim", hidden / heads, "hidden_size / num_attention_heads");
        return new LlamaConfig
        {
            HiddenSize = hidden,
            NumLayers = config.Int("num_hidden_layers"),
            NumHeads = heads,
            VocabSize = config.Int("vocab_size"),
            IntermediateSize = config.Int("intermediate_size"),
            NormEps = config.Double("rms_norm_eps", 1e-6),
            TieEmbeddings = config.Bool("tie_word_embeddings", false),
            NumKvHeads = config.Int("num_key_value_heads", heads),
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

    /// <summary>The key has moved into <c>rope_parameters</c> in Transformers 5.</summary>
    private static double RopeBase(ForeignConfig config)
    {
        config.RequireAbsent("rope_scaling", "RoPE scaling");
        if (config.Section("rope_parameters") is not { } rope)
            return config.Double("rope_theta", 10000);
        rope.Require("rope_type", "default");
        return rope.Double("rope_theta", 10000);
    }
}
