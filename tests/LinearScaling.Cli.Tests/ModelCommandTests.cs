using System.Text.Json;
using LinearScaling.Torch.Weights;
using static TorchSharp.torch;

namespace LinearScaling.Tests.Cli;

/// <summary>import, export, logits and generate, on a small random byte-level LLaMA.</summary>
public sealed class ModelCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-model-").FullName;

    private string Source => Path.Combine(folder, "source");

    private string Model => Path.Combine(folder, "model");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_model_goes_in_and_out_again()
    {
        var (code, output, error) = await Import();
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith(
            $"{Model}\nhf-llama: llama, 5808 parameters, tokenizer byte, seq_len 64, weights ",
            output,
            StringComparison.Ordinal
        );

        var exported = Path.Combine(folder, "exported");
        Assert.Equal(
            (0, exported + "\n", ""),
            await Lcs.RunAsync("export", "--checkpoint", Model, "--format", "hf-llama", "--output", exported)
        );
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(Source, "model.safetensors"))[^4000..],
            File.ReadAllBytes(Path.Combine(exported, "model.safetensors"))[^4000..]
        );
        Assert.Equal(
            (2, "", $"{Model}: hf-tnl cannot express the architecture: it holds TNL models only\n"),
            await Lcs.RunAsync("export", "--checkpoint", Model, "--format", "hf-tnl", "--output", exported + "2")
        );
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("fp64")]
    public async Task Logits_are_a_row_a_token(string dtype)
    {
        await Import();
        var file = Path.Combine(folder, "logits.json");
        Assert.Equal(
            (0, "", ""),
            await Lcs.RunAsync("logits", "--checkpoint", Model, "--tokens", "1 5 9", "--dtype", dtype, "--output", file)
        );
        var json = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.Equal([1, 5, 9], json.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32()));
        Assert.Equal([264, 264, 264], json.GetProperty("logits").EnumerateArray().Select(r => r.GetArrayLength()));
        var (_, output, _) = await Lcs.RunAsync("logits", "-c", Model, "--tokens", "1,5,9", "--dtype", dtype);
        Assert.Equal(File.ReadAllText(file) + "\n", output);
    }

    [Theory]
    [InlineData("1 x", "--tokens: expected token ids, got 'x'")]
    [InlineData("", "--tokens: expected at least one token id")]
    [InlineData("264", "--tokens: 264 is not in the model's vocabulary of 264")]
    public async Task Tokens_that_are_none_are_refused(string tokens, string message)
    {
        await Import();
        Assert.Equal((2, "", message + "\n"), await Lcs.RunAsync("logits", "--checkpoint", Model, "--tokens", tokens));
    }

    [Fact]
    public async Task Generation_is_the_same_alone_and_in_a_batch_and_stops_where_told()
    {
        await Import();
        var (code, together, error) = await Lcs.RunAsync(
            "generate",
            "--checkpoint",
            Model,
            "--prompt",
            "abc",
            "--prompt",
            "a longer one",
            "--max-tokens",
            "12",
            "--temperature",
            "0.8",
            "--seed",
            "4"
        );
        Assert.Equal(0, code);
        Assert.StartsWith("24 tokens, ", error, StringComparison.Ordinal);
        var (_, first, _) = await Lcs.RunAsync(
            "generate",
            "--checkpoint",
            Model,
            "--prompt",
            "abc",
            "--max-tokens",
            "12",
            "--temperature",
            "0.8",
            "--seed",
            "4"
        );
        Assert.StartsWith(first, together, StringComparison.Ordinal);
        Assert.StartsWith("abc", first, StringComparison.Ordinal);
        var stop = first[3..].First(c => char.IsAscii(c) && c != '\n').ToString();
        var (_, stopped, _) = await Lcs.RunAsync(
            "generate",
            "--checkpoint",
            Model,
            "--prompt",
            "abc",
            "--max-tokens",
            "12",
            "--temperature",
            "0.8",
            "--seed",
            "4",
            "--stop",
            stop
        );
        Assert.Equal(first[..(3 + first[3..].IndexOf(stop, StringComparison.Ordinal))] + "\n", stopped);
    }

    [Fact]
    public async Task Mistakes_are_told_in_one_line()
    {
        await Import();
        Assert.Equal(
            (2, "", "--prompt: nothing to go on with; give --prompt or --prompt-file\n"),
            await Lcs.RunAsync("generate", "--checkpoint", Model)
        );
        Assert.Equal(
            (2, "", $"{folder}: holds checkpoints but is none; name one of them, as {Model}\n"),
            await Lcs.RunAsync("generate", "--checkpoint", folder, "--prompt", "a")
        );
        Assert.Equal(
            (2, "", "--device: unknown device 'tpu'; one of: auto, cpu, cuda, cuda:N\n"),
            await Lcs.RunAsync("generate", "--checkpoint", Model, "--prompt", "a", "--device", "tpu")
        );
        Assert.Equal(
            (2, "", "--top-p: expected a number from 0 to 1, got '2'\n"),
            await Lcs.RunAsync("generate", "--checkpoint", Model, "--prompt", "a", "--top-p", "2")
        );
    }

    private async Task<(int ExitCode, string Output, string Error)> Import()
    {
        Directory.CreateDirectory(Source);
        File.WriteAllText(
            Path.Combine(Source, "config.json"),
            """
            {"architectures": ["LlamaForCausalLM"], "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 264, "max_position_embeddings": 64, "tie_word_embeddings": true}
            """
        );
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const string layer = "model.layers.0.";
        (string Name, long[] Shape)[] tensors =
        [
            ("model.embed_tokens.weight", [264, 16]),
            (layer + "input_layernorm.weight", [16]),
            (layer + "self_attn.q_proj.weight", [16, 16]),
            (layer + "self_attn.k_proj.weight", [8, 16]),
            (layer + "self_attn.v_proj.weight", [8, 16]),
            (layer + "self_attn.o_proj.weight", [16, 16]),
            (layer + "post_attention_layernorm.weight", [16]),
            (layer + "mlp.gate_proj.weight", [16, 16]),
            (layer + "mlp.up_proj.weight", [16, 16]),
            (layer + "mlp.down_proj.weight", [16, 16]),
            ("model.norm.weight", [16]),
        ];
        Safetensors.Write(
            Path.Combine(Source, "model.safetensors"),
            tensors.Select(t => (t.Name, randn(t.Shape, generator: generator)))
        );
        return await Lcs.RunAsync("import", "--from", Source, "--output", Model, "--tokenizer", "byte");
    }
}
