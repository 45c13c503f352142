using System.IO.Compression;
using System.Text;
using LinearScaling.Input;
using LinearScaling.Laws;
using LinearScaling.Preparing;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Valid files of every kind, small.</summary>
internal static class Seeds
{
    /// <summary>Files of the folder Seeds.</summary>
    public static IReadOnlyList<byte[]> Files(params string[] names) =>
        [.. names.Select(n => File.ReadAllBytes(At(n)))];

    /// <summary>The text of such a file.</summary>
    public static string Text(string name) => File.ReadAllText(At(name));

    public static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Seeds", name);

    public static byte[] Gzip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return bytes.ToArray();
    }

    public static byte[] Zstd(string text)
    {
        using var zstd = new ZstdSharp.Compressor();
        return zstd.Wrap(Encoding.UTF8.GetBytes(text)).ToArray();
    }

    public const string Csv =
        "N,D,\"the loss\",run,group,SE\n1e6,2e7,3.5,a,\"x, y\",0.01\n2e6,4e7,3.2,b,z,0.02\n4e6,inf,,c,z,NA\n";

    public static IReadOnlyList<byte[]> Laws() =>
        [.. PublishedLaws.All.Values.SelectMany(laws => laws.Take(1)).Select(l => Encoding.UTF8.GetBytes(l.ToJson()))];

    public static byte[] Safetensors()
    {
        using var scope = torch.NewDisposeScope();
        return Written(
            ("a", torch.ones(2, 3)),
            ("b", torch.zeros([6], torch.int64)),
            ("c", torch.ones([], torch.bfloat16))
        );
    }

    /// <summary>The tensors of <c>hf-config.json</c>.</summary>
    public static byte[] HfWeights()
    {
        using var scope = torch.NewDisposeScope();
        const string layer = "model.layers.0.";
        return Written(
            ("model.embed_tokens.weight", torch.ones(10, 8)),
            (layer + "input_layernorm.weight", torch.ones(8)),
            (layer + "self_attn.q_proj.weight", torch.ones(8, 8)),
            (layer + "self_attn.k_proj.weight", torch.ones(4, 8)),
            (layer + "self_attn.v_proj.weight", torch.ones(4, 8)),
            (layer + "self_attn.o_proj.weight", torch.ones(8, 8)),
            (layer + "post_attention_layernorm.weight", torch.ones(8)),
            (layer + "mlp.gate_proj.weight", torch.ones(12, 8)),
            (layer + "mlp.up_proj.weight", torch.ones(12, 8)),
            (layer + "mlp.down_proj.weight", torch.ones(8, 12)),
            ("model.norm.weight", torch.ones(8))
        );
    }

    private static byte[] Written(params (string, torch.Tensor)[] tensors)
    {
        var path = Path.GetTempFileName();
        Torch.Weights.Safetensors.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    /// <summary>Shards, and the entry of their manifest.</summary>
    public static (IReadOnlyList<byte[]> Files, ShardEntry Entry, string Manifest) Shards()
    {
        var folder = Directory.CreateTempSubdirectory("lcs-fuzz-").FullName;
        try
        {
            var text = Path.Combine(folder, "x.jsonl");
            File.WriteAllLines(text, Enumerable.Range(0, 40).Select(i => $$"""{"text": "document {{i}} of forty"}"""));
            var shards = Path.Combine(folder, "shards");
            var manifest = new Preparation(
                InputFiles.Parts([text]),
                new ByteTokenizer(),
                new PrepareOptions(RowGroupTokens: 300),
                shards
            )
                .RunAsync(1)
                .GetAwaiter()
                .GetResult();
            var entry = manifest.ShardsIn(Split.Train).First();
            return (
                [File.ReadAllBytes(Path.Combine(shards, entry.File))],
                entry,
                File.ReadAllText(Path.Combine(shards, Manifest.FileName))
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A SentencePiece model of a few pieces (field numbers of sentencepiece_model.proto).</summary>
    public static byte[] SentencePiece()
    {
        var model = new List<byte>();
        foreach (
            var (text, score, type) in new[]
            {
                ("<unk>", 0f, 2),
                ("<s>", 0f, 3),
                ("</s>", 0f, 3),
                ("<0x41>", 0f, 6),
                ("\u2581", -1f, 1),
                ("a", -2f, 1),
                ("b", -3f, 1),
                ("ab", -0.5f, 1),
                ("USER", 0f, 4),
            }
        )
        {
            byte[] piece =
            [
                0x0A,
                (byte)Encoding.UTF8.GetByteCount(text),
                .. Encoding.UTF8.GetBytes(text),
                0x15,
                .. BitConverter.GetBytes(score),
                0x18,
                (byte)type,
            ];
            model.AddRange([0x0A, (byte)piece.Length, .. piece]);
        }
        model.AddRange([0x12, 5, 0x18, 2, 0x98, 0x02, 1]); // trainer: BPE with byte fallback
        model.AddRange([0x1A, 2, 0x18, 1]); // normalizer: a space before the text
        return [.. model];
    }
}
