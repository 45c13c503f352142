using System.Globalization;
using System.Text.RegularExpressions;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Documents;

/// <summary>Where a task's documents are published and under which names they are looked for.</summary>
/// <param name="Folder">The name below <c>--task-data</c>: a file (hellaswag.jsonl, hellaswag.parquet) or a folder with
/// one file a split.</param>
/// <param name="Split">The split that is evaluated.</param>
/// <param name="Published">The Hugging Face data set, with its configuration where it has several.</param>
/// <param name="ExampleSplit">The split that few-shot examples are drawn from; null draws them from the evaluated
/// one.</param>
/// <param name="OtherName">Another name that the file or folder goes by.</param>
public sealed partial record TaskSource(
    string Folder,
    string Split,
    string Published,
    string? ExampleSplit = null,
    string? OtherName = null
)
{
    private static readonly string[] Endings = [".jsonl", ".jsonl.gz", ".json", ".parquet"];

    /// <summary>The documents of the evaluated split.</summary>
    public TaskFile Documents(string directory) =>
        Find(directory, Split) is { } files
            ? TaskFile.Read(files)
            : throw DocumentMistakes.NoData(Folder, directory, Split, Published);

    /// <summary>Fixed few-shot examples, in the order to be used: <c>FOLDER/fewshot.jsonl</c>, or null.</summary>
    public TaskFile? FixedExamples(string directory) =>
        Find(directory, "fewshot") is { } files ? TaskFile.Read(files) : null;

    /// <summary>The split that examples are drawn from, or null when the evaluated documents serve.</summary>
    public TaskFile? Examples(string directory) =>
        ExampleSplit is not null && Find(directory, ExampleSplit) is { } files ? TaskFile.Read(files) : null;

    private string[]? Find(string directory, string split) =>
        Named(Folder, directory, split) ?? (OtherName is null ? null : Named(OtherName, directory, split));

    private string[]? Named(string name, string directory, string split)
    {
        if (split == Split && Array.Find(Endings, e => File.Exists(Path.Combine(directory, name + e))) is { } ending)
            return [Path.Combine(directory, name + ending)];
        var folder = Path.Combine(directory, name);
        string[] found = !Directory.Exists(folder)
            ? []
            :
            [
                .. FolderTree
                    .Files(folder, "*")
                    .Where(f => Array.Exists(Endings, e => f.EndsWith(e, StringComparison.Ordinal)))
                    .Where(f =>
                        Path.GetFileName(f) is var file
                        && (
                            file.StartsWith(split + ".", StringComparison.Ordinal)
                            || file.StartsWith(split + "-", StringComparison.Ordinal)
                        )
                    )
                    .Order(StringComparer.Ordinal),
            ];
        if (found.Length == 0)
            return null;
        var shards = Shards(found[0]);
        return found.Except(shards).FirstOrDefault() is { } other
            ? throw DocumentMistakes.TwoFiles(Folder, found[0], other, split, Published)
            : shards;
    }

    /// <summary>All the files of a split of which one was found: Hugging Face cuts large ones into SPLIT-00000-of-00003
    /// and so on.</summary>
    private static string[] Shards(string path)
    {
        if (Shard().Match(path) is not { Success: true } match)
            return [path];
        var count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        string[] shards =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => $"{match.Groups["start"].Value}-{i:D5}-of-{count:D5}{match.Groups["ending"].Value}"),
        ];
        return Array.Find(shards, s => !File.Exists(s)) is { } missing
            ? throw DocumentMistakes.MissingShard(missing, count)
            : shards;
    }

    [GeneratedRegex(@"^(?<start>.*)-\d{5}-of-(?<count>\d{5})(?<ending>\.[a-z.]+)$")]
    private static partial Regex Shard();
}

/// <summary>The documents of one split.</summary>
/// <param name="Hash">XxHash128 of the file, or of its shards' hashes, for the settings of a result.</param>
public sealed record TaskFile(string Hash, IReadOnlyList<TaskDocument> Documents)
{
    private static readonly Dictionary<string, (DateTime Written, TaskFile File)> Known = new(StringComparer.Ordinal);

    /// <summary>Reads files once: every task, checkpoint and setting that needs them again gets the same
    /// documents.</summary>
    public static TaskFile Read(IReadOnlyList<string> shards)
    {
        var files = shards.Select(Read).ToList();
        return files.Count == 1
            ? files[0]
            : new(Checksum.Compute(string.Concat(files.Select(f => f.Hash))), [.. files.SelectMany(f => f.Documents)]);
    }

    private static TaskFile Read(string path)
    {
        var written = File.GetLastWriteTimeUtc(path);
        lock (Known)
        {
            if (Known.TryGetValue(path, out var known) && known.Written == written)
                return known.File;
            var file = new TaskFile(
                Checksum.ComputeFile(path),
                path.EndsWith(".parquet", StringComparison.Ordinal)
                    ? ParquetDocuments.Read(path)
                    : JsonDocuments.Read(path)
            );
            if (file.Documents.Count == 0)
                throw new LinearScalingException($"{path}: holds no document");
            Known[path] = (written, file);
            return file;
        }
    }
}
