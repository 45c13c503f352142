using System.IO.Compression;
using System.Text;
using LinearScaling.Input;
using LinearScaling.Laws;
using LinearScaling.Preparing;
using LinearScaling.Shards;
using LinearScaling.Text;
using LinearScaling.Text.Splitting;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Valid files of every kind, small.</summary>
internal static class Seeds
{
    public static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

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

    public const string JsonLines = """
        {"text": "one", "id": 1, "meta": {"text": "inner", "score": 0.5}}
        {"id": 2, "text": "zwei \u00c4pfel \ud83d\ude00"}

        {"text": null, "tags": ["a", {"b": [1, 2.5e3, true]}]}
        """;

    public const string Csv =
        "N,D,\"the loss\",run,group,SE\n1e6,2e7,3.5,a,\"x, y\",0.01\n2e6,4e7,3.2,b,z,0.02\n4e6,inf,,c,z,NA\n";

    public const string RunConfig = """
        model: {name: tnl, hidden_size: 64, num_layers: 2, num_heads: 4, vocab_size: 257}
        data: {seq_len: 128, tokenizer: byte}
        train:
          batch_tokens: 4096
          micro_batch: 4
          horizon: &h {name: tokens, count: 1e6}
          lr_schedule: {name: cosine, warmup_steps: 10}
          optimizer: {peak_lr: 3e-4, weight_decay: 0.1}
        seed: 7
        """;

    public const string ModelCard = """
        model: {name: hgrn2, hidden_size: 64, num_layers: 2, num_heads: 4, vocab_size: 257, norm: rms}
        tokenizer: byte
        seq_len: 128
        """;

    public const string Tokenizer = """
        {"version": "1.0", "truncation": null, "padding": null,
         "added_tokens": [
          {"id": 5, "content": "<|endoftext|>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
          {"id": 6, "content": "ADD", "special": false, "single_word": false, "lstrip": false, "rstrip": false, "normalized": true}],
         "normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "post_processor": null, "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
         "model": {"type": "BPE", "dropout": null, "unk_token": "?", "fuse_unk": true,
          "vocab": {"a": 0, "b": 1, "ab": 2, "?": 3, "\u0120": 4}, "merges": ["a b"]}}
        """;

    public static string SplitTokenizer { get; } =
        """
            {"added_tokens": [{"id": 4, "content": "<|endoftext|>", "special": true}], "normalizer": null,
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": false},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "bc": 3}, "merges": [["b", "c"]]}}
            """.Replace(
            "PATTERN",
            System.Text.Json.JsonSerializer.Serialize(Cl100kSplitter.Pattern),
            StringComparison.Ordinal
        );

    public const string HfConfig = """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8, "intermediate_size": 12,
         "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 10,
         "max_position_embeddings": 16, "tie_word_embeddings": true, "rms_norm_eps": 1e-5,
         "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}, "rope_scaling": null, "hidden_act": "silu"}
        """;

    public const string HgrnConfig = """
        {"architectures": ["HGRN2ForCausalLM"], "model_type": "hgrn2", "hidden_size": 8, "num_hidden_layers": 1,
         "num_heads": 2, "expand_ratio": 4, "vocab_size": 10, "intermediate_size": 12, "max_position_embeddings": 16,
         "attn_mode": "chunk", "use_short_conv": false, "use_lower_bound": true, "fuse_cross_entropy": true}
        """;

    /// <summary>A document that most tasks can read.</summary>
    public const string TaskDocuments = """
        {"id": "1", "goal": "Open it", "sol1": "pull", "sol2": "push", "label": 1, "query": "Q: it?\nA:", "choices": ["x", "y"], "gold": 1, "text": "The end of it", "page": " = A = \n It is , so . \n", "passage": "A b.", "question": "cause", "answer": "1", "ctx_a": "He", "ctx_b": "runs", "activity_label": "Run", "endings": ["on", "off [title] ."], "support": "", "distractor1": "a", "distractor2": "b", "distractor3": "c", "correct_answer": "d", "context": "c", "continuation": "d", "context_options": ["a b", "c b"], "answerA": "1", "answerB": "2", "answerC": "3", "premise": "It rained.", "choice1": "A x.", "choice2": "B y.", "sentence": "It _ fell", "option1": "cat", "option2": "dog", "sentence_good": "a", "sentence_bad": "b", "pronoun": "it", "pronoun_loc": 4, "options": ["a", "b"], "input": "Who?\n\n(A) x (B) y (C) z (D) w\n\nA text.", "output": "x"}
        {"id": "2", "goal": "g", "sol1": "s", "sol2": "t", "label": "0", "query": "Q", "choices": ["x"], "gold": 0, "text": "and it ends", "page": "p", "passage": "p", "question": {"stem": "s?", "choices": [{"label": "A", "text": "t"}, {"label": "B", "text": "u"}]}, "answerKey": "B", "answer": true, "ctx_a": "", "ctx_b": "", "activity_label": "", "endings": [""], "premise": "p.", "choice1": "c", "choice2": "d", "sentence": "a _", "option1": "b", "option2": "c", "pronoun": "it", "pronoun_loc": 4, "options": ["a", "b"], "input": "no question", "output": "y"}

        """;

    public const string StudyRun = """
        {"name":"a","architecture":"tnl","size":"custom","config_hash":"","version":"0","seed":0,"seq_len":4,"tokens_per_step":4,"parameters":{"embedding":1,"non_embedding":2},"flops_per_token":{"exact":12},"tokenizer":"byte","vocab_size":257,"data_fingerprint":"","device":"cpu","d_type":"fp32","threads":1}
        """;

    public const string Metrics = """
        {"step":1,"tokens":4,"flops":48,"loss":5.5,"lr":0.1,"grad_norm":1,"tokens_per_second":10,"mfu":null,"memory_bytes":1,"data_wait_seconds":0,"seconds":1,"skipped":false}
        {"step":2,"tokens":8,"flops":96,"loss":"NaN","lr":0.1,"grad_norm":1,"tokens_per_second":10,"mfu":0.5,"memory_bytes":1,"data_wait_seconds":0,"seconds":2,"skipped":true}

        """;

    public const string Evals = """
        {"checkpoint":"step-00000001","step":1,"tokens":4,"weights_hash":"w","tokenizer":"byte","task":"val_loss","task_version":1,"metric":"val_loss","value":5.5,"stderr":0.1,"n":3,"settings":{"data":"d"},"version":"0"}

        """;

    public const string Samples = """
        {"id":"0","document":"0","weights_hash":"w","settings_hash":"s","scores":{"acc":1},"requests":[{"context":"a","continuation":" b","log_likelihood":-1.5,"is_greedy":true,"generated":null}]}

        """;

    public const string State = """
        {"step":2,"tokens":8,"sequence":2,"flops":96,"seconds":1.5,"config_hash":"c","data_fingerprint":"d","weights_hash":"w","version":"0","skipped":0,"recent_losses":[5.5],"recent_norms":null}
        """;

    public const string Probe = """
        {"dtype":"fp64","tokens":[1,2],"vocabulary":[0,3],"logits":[[0.5,-1],["NaN",2]]}
        """;

    public const string Index = """
        {"metadata": {"total_size": 48}, "weight_map": {"a": "model.safetensors", "b": "model.safetensors"}}
        """;

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

    /// <summary>The tensors of <see cref="HfConfig"/>.</summary>
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
