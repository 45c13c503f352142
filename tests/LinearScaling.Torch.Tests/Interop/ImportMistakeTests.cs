using LinearScaling.Torch.Interop;

namespace LinearScaling.Tests.Torch.Interop;

public sealed class ImportMistakeTests : IDisposable
{
    private readonly ForeignCheckpoint source = ForeignCheckpoint.Llama();

    private string Weights => Path.Combine(source.Folder, "model.safetensors");

    private string Json => Path.Combine(source.Folder, "config.json");

    public void Dispose() => source.Dispose();

    [Fact]
    public void The_model_without_a_mistake_is_imported()
    {
        source.Write();
        Assert.Equal("hf-llama", ModelImport.Run(source.Folder, source.Output, null, null).Layout);
        Assert.Equal($"{source.Output}: already there; name a folder that is not", Message(source.Folder));
    }

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj.weight", null, "tensor 'model.layers.0.mlp.up_proj.weight': missing")]
    [InlineData(
        "model.layers.0.self_attn.q_proj.bias",
        8,
        "tensor 'model.layers.0.self_attn.q_proj.bias': not part of the layout hf-llama with this config.json"
    )]
    [InlineData("model.norm.weight", 9, "tensor 'model.norm.weight': expected shape [8], found [9]")]
    public void A_missing_extra_or_misshapen_tensor_is_named(string tensor, int? size, string problem)
    {
        source.Tensors.Remove(tensor);
        if (size is { } length)
            source.Tensors.Add(tensor, [length]);
        source.Write();
        Assert.Equal($"{source.Folder}: {problem}", Message(source.Folder));
    }

    [Fact]
    public void Integers_are_not_weights()
    {
        source.DType = ScalarType.Int32;
        source.Write();
        Assert.Equal(
            $"{source.Folder}: tensor 'model.embed_tokens.weight': expected a floating-point dtype, found I32",
            Message(source.Folder)
        );
    }

    [Fact]
    public void A_head_that_differs_from_the_embedding_it_is_tied_to_is_refused()
    {
        source.Tensors.Add("lm_head.weight", [10, 8]);
        source.Write();
        Assert.Equal(
            $"{source.Folder}: tensor 'lm_head.weight': differs from 'model.embed_tokens.weight', though the "
                + $"model's head is tied to it (tie_word_embeddings)",
            Message(source.Folder)
        );
    }

    [Fact]
    public void Old_rotary_buffers_are_passed_over()
    {
        source.Tensors.Add("model.layers.0.self_attn.rotary_emb.inv_freq", [2]);
        source.Write();
        Assert.Equal("hf-llama", ModelImport.Run(Weights, source.Output, null, null).Layout);
    }

    [Theory]
    [InlineData("\"vocab_size\":10,", "", "vocab_size: missing key")]
    [InlineData("\"vocab_size\":10", "\"vocab_size\":\"ten\"", "vocab_size: expected a positive integer, got \"ten\"")]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_scaling\":{\"type\":\"linear\",\"factor\":2}",
        "rope_scaling: type: lcs does not implement \"linear\"; only default"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_scaling\":{\"factor\":2}",
        "rope_scaling: factor: lcs does not implement 2; only 1 or 1.0"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_theta\":5e5,\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":1e4}",
        "rope_parameters: rope_theta: is 10000 here and 500000 elsewhere in the file"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_parameters\":{\"full_attention\":{\"rope_theta\":1e4}}",
        "rope_parameters: lcs does not implement one rotary embedding for each kind of layer"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"partial_rotary_factor\":0.5",
        "partial_rotary_factor: lcs does not implement 0.5; a model with it computes something else"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_interleaved\":true",
        "rope_interleaved: lcs does not implement true; a model with it computes something else"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"residual_multiplier\":0.22",
        "residual_multiplier: lcs does not implement 0.22; a model with it computes something else"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"sliding_window\":4096",
        "sliding_window: lcs does not implement 4096; a model with it computes something else"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"quantization_config\":{\"bits\":4}",
        "quantization_config: lcs does not implement quantized weights, got {\"bits\":4}"
    )]
    [InlineData(
        "\"LlamaForCausalLM\"],\"model_type\":\"llama\"",
        "\"MistralForCausalLM\"],\"model_type\":\"mistral\"",
        "sliding_window: missing key, which means 4096 to Mistral; null is none"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"rope_parameters\":{\"rope_type\":\"yarn\"}",
        "rope_parameters: rope_type: lcs does not implement \"yarn\"; only default"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"attention_bias\":true",
        "attention_bias: lcs does not implement true; only false"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"hidden_act\":\"gelu\"",
        "hidden_act: lcs does not implement \"gelu\"; only silu or swish"
    )]
    [InlineData(
        "\"vocab_size\":10",
        "\"vocab_size\":10,\"head_dim\":8",
        "head_dim: expected 4 (hidden_size / num_attention_heads), found 8"
    )]
    [InlineData(
        "\"num_attention_heads\":2",
        "\"num_attention_heads\":3",
        "hidden_size (8) must be divisible by num_heads (3)"
    )]
    [InlineData(
        ",\"max_position_embeddings\":16",
        "",
        "max_position_embeddings: missing key; say how long the training sequences were: --seq-len"
    )]
    public void A_setting_that_is_missing_or_not_implemented_is_named(string old, string replacement, string problem)
    {
        source.Config = source.Config.Replace(old, replacement, StringComparison.Ordinal);
        source.Write();
        Assert.Equal($"{Json}: {problem}", Message(source.Folder));
        Assert.False(Directory.Exists(source.Output));
    }

    [Fact]
    public void An_unknown_layout_says_what_is_known()
    {
        source.Config = """{"architectures":["MambaForCausalLM"],"model_type":"mamba"}""";
        source.Write();
        Assert.Equal(
            $"{Json}: no layout lcs knows (architectures [\"MambaForCausalLM\"], model_type \"mamba\"); it reads "
                + $"hf-llama, fla-hgrn2, fla-hgrn2 with fused gate_proj, hf-tnl, hgru2",
            Message(source.Folder)
        );
    }

    [Fact]
    public void No_config_no_weights_and_nothing_at_all_are_told_apart()
    {
        Assert.Equal($"{source.Folder}/nowhere: no such file or directory", Message(source.Folder + "/nowhere"));
        Assert.Equal($"{Json}: missing; it says what the tensors beside it are", Message(source.Folder));
        source.Write();
        File.Delete(Weights);
        Assert.Equal(
            $"{source.Folder}: holds no model.safetensors, no model.safetensors.index.json and no other "
                + $"safetensors file; name the file",
            Message(source.Folder)
        );
    }

    [Theory]
    [InlineData("fla-hgrn2", "fla-hgrn2 cannot express the architecture: it holds HGRN2 models only")]
    [InlineData("hf-tnl", "hf-tnl cannot express the architecture: it holds TNL models only")]
    public void What_a_format_cannot_express_is_named(string format, string problem)
    {
        source.Write();
        var checkpoint = ModelImport.Run(source.Folder, source.Output, null, null).Checkpoint;
        var error = Assert.Throws<LinearScalingException>(() => ModelExport.Run(checkpoint, format, source.Elsewhere));
        Assert.Equal($"{source.Output}: {problem}", error.Message);
    }

    private string Message(string from) =>
        Assert.Throws<LinearScalingException>(() => ModelImport.Run(from, source.Output, null, null)).Message;
}
