using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LinearScaling.Runs;

/// <summary>One run's directory: the only place that knows its file names and formats.</summary>
public sealed class RunDirectory(string path)
{
    public string FullPath { get; } = Path.GetFullPath(path);

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(FullPath));

    public string ConfigFile => Path.Combine(FullPath, "config.yaml");

    public string RunFile => Path.Combine(FullPath, "run.json");

    public string MetricsFile => Path.Combine(FullPath, "metrics.jsonl");

    public string EvalFile => Path.Combine(FullPath, "eval.jsonl");

    public string CheckpointsFolder => Path.Combine(FullPath, "checkpoints");

    /// <summary>Every run at or below <paramref name="root"/>, by path.</summary>
    /// <exception cref="LinearScalingException">The directory does not exist or holds no run.</exception>
    public static IReadOnlyList<RunDirectory> Find(string root)
    {
        if (!Directory.Exists(root))
            throw new LinearScalingException($"{root}: no such directory; lcs train writes runs to runs/ unless --output says otherwise");
        var runs = Directory.EnumerateFiles(root, "run.json", SearchOption.AllDirectories)
            .Select(f => new RunDirectory(Path.GetDirectoryName(f)!))
            .OrderBy(r => r.FullPath, StringComparer.Ordinal)
            .ToList();
        return runs.Count > 0 ? runs : throw new LinearScalingException($"{root}: holds no run (no run.json at or below it); train one with: lcs train --arch tnl --size nano-100k --output {Path.Combine(root, "tnl-nano-100k")}");
    }

    public RunRecord ReadRun() => ReadJson(RunFile, RunJson.Default.RunRecord);

    /// <summary>The logged steps in order. A last line cut off by a crash is left out; any other damaged line is named.</summary>
    public IReadOnlyList<StepRecord> ReadMetrics() => ReadLines(MetricsFile, RunJson.Default.StepRecord);

    public IReadOnlyList<EvalRecord> ReadEvals() => ReadLines(EvalFile, RunJson.Default.EvalRecord);

    private static T ReadJson<T>(string file, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(file), type)!;
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{file}: damaged: {e.Message}", e);
        }
    }

    private static List<T> ReadLines<T>(string file, JsonTypeInfo<T> type)
    {
        var records = new List<T>();
        if (!File.Exists(file))
            return records;
        var text = File.ReadAllText(file, Encoding.UTF8);
        var whole = text.AsSpan(0, text.LastIndexOf('\n') + 1);
        var number = 0;
        foreach (var line in whole.EnumerateLines())
        {
            number++;
            if (line.IsWhiteSpace())
                continue;
            try
            {
                records.Add(JsonSerializer.Deserialize(line, type)!);
            }
            catch (JsonException e)
            {
                throw new LinearScalingException($"{file}:{number}: damaged line: {e.Message}", e);
            }
        }
        return records;
    }
}
