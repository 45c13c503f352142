using LinearScaling.Configuration;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Files;
using LinearScaling.Input;
using LinearScaling.Laws;
using LinearScaling.Laws.Points;
using LinearScaling.Runs;
using LinearScaling.Shards;
using LinearScaling.Text;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Interop;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Every reader of files that somebody else may have written, or a disk may have damaged.</summary>
internal static class Targets
{
    private static readonly string[] Tasks =
    [
        .. EvalTask.Variants.Names.Where(n => !n.StartsWith("needle", StringComparison.Ordinal) && n != "val_loss"),
    ];

    private static readonly Lazy<(IReadOnlyList<byte[]> Files, ShardEntry Entry, string Manifest)> Shards = new(
        Seeds.Shards
    );

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("jsonl", "x.jsonl", () => Seeds.Files("lines.jsonl"), Text),
        new("jsonl-gz", "x.jsonl.gz", () => [Seeds.Gzip(Seeds.Text("lines.jsonl"))], Text),
        new("jsonl-zst", "x.jsonl.zst", () => [Seeds.Zstd(Seeds.Text("lines.jsonl"))], Text),
        new("text", "x.txt", () => [.. Seeds.Texts("one\n\ntwo \u00e9"), [0xFF, 0xFE, (byte)'a', 0]], Text),
        new("parquet-text", "x.parquet", ParquetSeeds.All, Text, Cost: 4),
        new("parquet-table", "x.parquet", ParquetSeeds.All, f => Points(f, "N=N,D=D,L=meta.loss"), Cost: 4),
        new("parquet-task", "x.parquet", ParquetSeeds.All, f => ParquetDocuments.Read(f), Cost: 4),
        new("shard", "x.parquet", () => Shards.Value.Files, Shard),
        new("manifest", "manifest.json", () => Seeds.Texts(Shards.Value.Manifest), f => Manifest.Read(Folder(f))),
        new(
            "csv",
            "x.csv",
            () => Seeds.Texts(Seeds.Csv),
            f => Points(f, "N=N,D=D,L=the loss,run=run,group=group,SE=SE")
        ),
        new("table-jsonl", "x.jsonl", () => Seeds.Files("metrics.jsonl"), f => Points(f, "D=tokens,L=loss,X=flops")),
        new("tasks", "x.jsonl", () => Seeds.Files("tasks.jsonl"), TaskItems, Cost: 20),
        new("tokenizer-json", "tokenizer.json", () => Seeds.Files("tokenizer.json", "split-tokenizer.json"), Encode),
        new("sentencepiece", "tokenizer.model", () => [Seeds.SentencePiece()], Encode),
        new("run-config", "config.yaml", () => Seeds.Files("config.yaml"), Config, Cost: 4),
        new("model-card", "model.yaml", () => Seeds.Files("model.yaml"), Card, Cost: 4),
        new("hf-config", "config.json", () => Seeds.Files("hf-config.json"), HfConfig),
        new("hgrn-config", "config.json", () => Seeds.Files("hgrn-config.json"), ReadConfigs),
        new("safetensors", "model.safetensors", () => [Seeds.Safetensors()], Weights),
        new("index", "model.safetensors.index.json", () => Seeds.Files("index.json"), IndexOfShards),
        new("probe", "probe.json", () => Seeds.Files("probe.json"), f => ProbeLogits.Read(f)),
        new("law", "law.json", Seeds.Laws, Predict, Cost: 10),
        new("run", "run.json", () => Seeds.Files("run.json"), f => new RunDirectory(Folder(f)).ReadRun()),
        new("metrics", "metrics.jsonl", () => Seeds.Files("metrics.jsonl"), Metrics),
        new("evals", "eval.jsonl", () => Seeds.Files("eval.jsonl"), f => new RunDirectory(Folder(f)).ReadEvals()),
        new(
            "samples",
            "x.jsonl",
            () => Seeds.Files("samples.jsonl"),
            f => JsonLines.Read(f, RunJson.Default.SampleRecord)
        ),
        new(
            "state",
            "state.json",
            () => Seeds.Files("state.json"),
            f => new CheckpointDirectory(Folder(f)).ReadState()
        ),
        new("complete", "complete.json", Complete, f => new CheckpointDirectory(Folder(f)).Verify()),
    ];

    private static string Folder(string file) => Path.GetDirectoryName(file)!;

    private static void Text(string file)
    {
        foreach (var part in InputFiles.Parts([file]))
        foreach (var document in part.Documents())
            _ = document.Length;
    }

    private static void Points(string file, string columns) =>
        new TablePoints(file, TablePoints.ParseColumns(columns), "6nd", DropWorst: 0, []).Read();

    private static void Shard(string file)
    {
        var entry = Shards.Value.Entry with { File = Path.GetFileName(file), Bytes = new FileInfo(file).Length };
        var reader = new ShardReader(Folder(file), entry);
        using var column = new TokenColumn();
        for (var i = 0; i < entry.RowGroups.Count; i++)
            reader.Read(i, column);
    }

    /// <summary>Every task reads the same documents; a task that finds a mistake does not keep the others from
    /// theirs.</summary>
    private static void TaskItems(string file)
    {
        var folder = Path.Combine(Folder(file), "tasks");
        Directory.CreateDirectory(folder);
        var inputs = new EvalInputs(new() { TaskData = folder, NumFewshot = 1 })
        {
            Tokenizer = new ByteTokenizer(),
            SeqLen = 64,
        };
        var documents = JsonDocuments.Read(file);
        foreach (var task in Tasks)
        foreach (var document in documents)
            try
            {
                switch ((EvalTask)ConfigTree.Empty.WithValue("", Registry.Key, task).Bind<EvalTask>())
                {
                    case DocumentTask one:
                        one.Item(document, "0", "", inputs);
                        one.Example(document, inputs);
                        break;
                }
            }
            catch (LinearScalingException)
            {
                // most documents are of another task
            }
    }

    private static void Encode(string file)
    {
        var tokenizer = Tokenizer.Open(file);
        foreach (var text in new[] { "", "ab a  b\n", "caf\u00e9 12345 <|endoftext|>ADD", "\ud83d\ude00\ud800" })
            tokenizer.Decode(tokenizer.Encode(text));
        _ = tokenizer.BosId + tokenizer.EndOfText + tokenizer.PaddedVocabSize;
    }

    private static void Config(string file)
    {
        var config = ConfigFile.Load<RunConfig>(file);
        ConfigWriter.Hash(config);
        Plan(config.Model, config.Data.SeqLen);
        config.Train.Horizon.Steps(new(config.Train.BatchTokens, 1e6, config.Model.Counts().NonEmbedding, 1));
    }

    private static void Card(string file) =>
        Plan(ModelCard.Open(new CheckpointDirectory(Folder(file))) is var card ? card.Model : null!, card.SeqLen);

    private static void Plan(ModelConfig model, int seqLen)
    {
        if (model.Problems().Any() || model.NumLayers > 100)
            return;
        model.FlopsPerToken(seqLen);
        MemoryPlan.For(model, seqLen, 1, 4, Recompute.Full);
    }

    private static void HfConfig(string file)
    {
        var weights = Path.Combine(Folder(file), "model.safetensors");
        if (!File.Exists(weights))
            File.WriteAllBytes(weights, Seeds.HfWeights());
        using var model = new ForeignModel(Folder(file));
    }

    private static void ReadConfigs(string file)
    {
        var config = ForeignConfig.Read(file);
        var names = new HashSet<string>();
        if (CheckpointLayout.All.FirstOrDefault(l => l.Recognises(config, names)) is not { } layout)
            throw config.Problem(config.Describe());
        var model = layout.ReadConfig(config, names);
        if (!ConfigRules.Problems(model).Any() && model.NumLayers < 100)
            _ = layout.Tensors(model).Count();
    }

    private static void Weights(string file)
    {
        using var weights = Safetensors.Open(file);
        weights.WeightsHash();
        foreach (var entry in weights.Entries)
            weights.Read(entry.Name).Dispose();
    }

    private static void IndexOfShards(string file)
    {
        var weights = Path.Combine(Folder(file), "model.safetensors");
        if (!File.Exists(weights))
            File.WriteAllBytes(weights, Seeds.Safetensors());
        Safetensors.Open(file).Dispose();
    }

    private static void Predict(string file)
    {
        var law = Law.Load(file);
        law.LossAt(1e20);
        law.Optimal(1e20);
    }

    private static void Metrics(string file)
    {
        var run = new RunDirectory(Folder(file));
        run.LastMetrics();
        File.Copy(file, file + ".copy", overwrite: true);
        JsonLines.Filter(file + ".copy", RunJson.Default.StepRecord, r => r.Step < 2);
        run.ReadMetrics();
    }

    private static IReadOnlyList<byte[]> Complete() =>
        Seeds.Texts(
            System.Text.Json.JsonSerializer.Serialize(
                CompleteRecord.Create(new Dictionary<string, FileSeal>(), "w"),
                RunJson.Default.CompleteRecord
            )
        );
}
