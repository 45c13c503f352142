using System.IO.Hashing;

namespace LinearScaling.Evaluation;

/// <summary>Where a task's documents are published and under which names they are looked for.</summary>
/// <param name="Folder">The name below <c>--task-data</c>: a file (hellaswag.jsonl, hellaswag.parquet) or a folder with one file a split.</param>
/// <param name="Split">The split that is evaluated.</param>
/// <param name="Published">The Hugging Face data set, with its configuration where it has several.</param>
/// <param name="ExampleSplit">The split that few-shot examples are drawn from; null draws them from the evaluated one.</param>
public sealed record TaskSource(string Folder, string Split, string Published, string? ExampleSplit = null)
{
    private static readonly string[] Endings = [".jsonl", ".jsonl.gz", ".json", ".parquet"];

    /// <summary>The documents of the evaluated split.</summary>
    public TaskFile Documents(string directory) =>
        Find(directory, Split) is { } file ? TaskFile.Read(file)
            : throw new LinearScalingException($"{Folder}: no task data in {directory}; put the {Split} split of {Published} (Hugging Face) there as {Folder}/{Split}.parquet, or the same documents as {Folder}.jsonl; --task-data names another directory");

    /// <summary>Fixed few-shot examples, in the order to be used: <c>FOLDER/fewshot.jsonl</c>, or null.</summary>
    public TaskFile? FixedExamples(string directory) => Find(directory, "fewshot") is { } file ? TaskFile.Read(file) : null;

    /// <summary>The split that examples are drawn from, or null when the evaluated documents serve.</summary>
    public TaskFile? Examples(string directory) => ExampleSplit is not null && Find(directory, ExampleSplit) is { } file ? TaskFile.Read(file) : null;

    private string? Find(string directory, string split)
    {
        if (split == Split && Array.Find(Endings, e => File.Exists(Path.Combine(directory, Folder + e))) is { } ending)
            return Path.Combine(directory, Folder + ending);
        var folder = Path.Combine(directory, Folder);
        return !Directory.Exists(folder) ? null
            : Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => Array.Exists(Endings, e => f.EndsWith(e, StringComparison.Ordinal)))
                .Where(f => Path.GetFileName(f) is var name && (name.StartsWith(split + ".", StringComparison.Ordinal) || name.StartsWith(split + "-", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal).FirstOrDefault();
    }
}

/// <summary>The documents of one file.</summary>
/// <param name="Hash">XxHash128 of the file, for the settings of a result.</param>
public sealed record TaskFile(string Path, string Hash, IReadOnlyList<TaskDocument> Documents)
{
    private static readonly Dictionary<string, (DateTime Written, TaskFile File)> Known = new(StringComparer.Ordinal);

    /// <summary>Reads a file once: every task, checkpoint and setting that needs it again gets the same documents.</summary>
    public static TaskFile Read(string path)
    {
        var written = File.GetLastWriteTimeUtc(path);
        lock (Known)
        {
            if (Known.TryGetValue(path, out var known) && known.Written == written)
                return known.File;
            var file = new TaskFile(path, Convert.ToHexStringLower(XxHash128.Hash(File.ReadAllBytes(path))), path.EndsWith(".parquet", StringComparison.Ordinal) ? ParquetDocuments.Read(path) : JsonDocuments.Read(path));
            Known[path] = (written, file);
            return file.Documents.Count > 0 ? file : throw new LinearScalingException($"{path}: holds no document");
        }
    }
}
