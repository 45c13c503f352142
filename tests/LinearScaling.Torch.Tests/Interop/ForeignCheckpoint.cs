using System.Text.Json;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>A small random checkpoint in somebody else's layout, in a temporary folder.</summary>
internal sealed class ForeignCheckpoint : IDisposable
{
    private static readonly string[] Architectures = ["LlamaForCausalLM"];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-foreign-").FullName;

    public ForeignCheckpoint(object config, params (string Name, long[] Shape)[] tensors)
    {
        Config = JsonSerializer.Serialize(config);
        Tensors = tensors.ToDictionary(t => t.Name, t => t.Shape);
        Directory.CreateDirectory(Folder);
    }

    /// <summary>A LLaMA of one block in Hugging Face's layout.</summary>
    public static ForeignCheckpoint Llama() =>
        new(
            new
            {
                architectures = Architectures,
                model_type = "llama",
                hidden_size = 8,
                intermediate_size = 12,
                num_hidden_layers = 1,
                num_attention_heads = 2,
                num_key_value_heads = 1,
                vocab_size = 10,
                max_position_embeddings = 16,
                tie_word_embeddings = true,
            },
            ("model.embed_tokens.weight", [10, 8]),
            ("model.layers.0.input_layernorm.weight", [8]),
            ("model.layers.0.self_attn.q_proj.weight", [8, 8]),
            ("model.layers.0.self_attn.k_proj.weight", [4, 8]),
            ("model.layers.0.self_attn.v_proj.weight", [4, 8]),
            ("model.layers.0.self_attn.o_proj.weight", [8, 8]),
            ("model.layers.0.post_attention_layernorm.weight", [8]),
            ("model.layers.0.mlp.gate_proj.weight", [12, 8]),
            ("model.layers.0.mlp.up_proj.weight", [12, 8]),
            ("model.layers.0.mlp.down_proj.weight", [8, 12]),
            ("model.norm.weight", [8])
        );

    public string Folder => Path.Combine(root, "source");

    public string Output => Path.Combine(root, "imported");

    public string Elsewhere => Path.Combine(root, "exported");

    public string Config { get; set; }

    public Dictionary<string, long[]> Tensors { get; }

    public ScalarType DType { get; set; } = ScalarType.Float64;

    /// <summary>Writes the folder; values are of the size that makes every part matter.</summary>
    public ForeignCheckpoint Write()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        File.WriteAllText(Path.Combine(Folder, "config.json"), Config);
        Safetensors.Write(
            Path.Combine(Folder, "model.safetensors"),
            Tensors.Select(t =>
                (
                    t.Key,
                    (randn(t.Value, ScalarType.Float64, generator: generator) * (t.Value.Length == 1 ? 1 : 0.4)).to(
                        DType
                    )
                )
            )
        );
        return this;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
