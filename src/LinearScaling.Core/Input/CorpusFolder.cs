using LinearScaling.Shards;

namespace LinearScaling.Input;

/// <summary>Which files of a folder are text to train on. Folders as downloaded also hold what is not: hidden folders,
/// a README, requirements, the splits that models are tested on.</summary>
internal sealed class CorpusFolder
{
    private static readonly string[] Papers =
    [
        "readme",
        "licen", // both spellings
        "copying",
        "notice",
        "changelog",
        "contributing",
        "citation",
        "authors",
        "code_of_conduct",
        "security",
        "requirements",
    ];

    private static readonly string[] HeldOutSplits =
    [
        "test",
        "tests",
        "testing",
        "validation",
        "valid",
        "val",
        "dev",
        "eval",
        "heldout",
    ];

    private readonly string root;
    private readonly List<string> texts = [];
    private readonly List<string> records = [];
    private readonly List<string> leftOut = [];
    private readonly SortedDictionary<string, int> otherKinds = new(StringComparer.Ordinal);

    private CorpusFolder(string root) => this.root = root;

    /// <summary>The files to read, and what was left out, in words: below the folder, without its shards.</summary>
    public static (IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut) Select(string path)
    {
        var folder = new CorpusFolder(Path.GetFullPath(path));
        folder.Walk(new(folder.root));
        if (folder.records.Count > 0)
            folder.leftOut.AddRange(folder.texts.Select(t => $"{folder.NameOf(t)} (plain text beside records)"));
        folder.leftOut.AddRange(folder.otherKinds.Select(k => $"{k.Value} of kind {k.Key}"));
        return (folder.records.Count > 0 ? folder.records : folder.texts, folder.leftOut);
    }

    /// <summary>Shards are no text: a folder that has some, or in which some are being prepared, is skipped.</summary>
    private void Walk(DirectoryInfo folder)
    {
        if (Manifest.IsIn(folder.FullName) || Directory.Exists(Path.Combine(folder.FullName, Manifest.WorkFolder)))
            return;
        foreach (var file in folder.EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal))
            Sort(file.FullName);
        foreach (var inner in folder.EnumerateDirectories().OrderBy(d => d.Name, StringComparer.Ordinal))
            if (inner.Name.StartsWith('.'))
                leftOut.Add($"{NameOf(inner.FullName)}/ (hidden)");
            else if (inner.LinkTarget is not null)
                leftOut.Add($"{NameOf(inner.FullName)}/ (a link)");
            else
                Walk(inner);
    }

    private void Sort(string file)
    {
        var name = NameOf(file);
        var plain = InputFiles.IsPlainText(file);
        if (!InputFiles.IsKnown(file))
        {
            var kind = Path.GetExtension(file) is { Length: > 0 } extension ? extension : "without an extension";
            otherKinds[kind] = otherKinds.GetValueOrDefault(kind) + 1;
        }
        else if (Path.GetFileName(file).StartsWith('.'))
            leftOut.Add($"{name} (hidden)");
        else if (plain && IsPaper(Path.GetFileName(file)))
            leftOut.Add($"{name} (about the data)");
        else if (IsHeldOut(name))
            leftOut.Add($"{name} (a split for tests)");
        else
            (plain ? texts : records).Add(file);
    }

    private static bool IsPaper(string name) =>
        Array.Exists(Papers, p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a word of the path says so, and none says that it is for training.</summary>
    private static bool IsHeldOut(string name)
    {
        var words = name.Split('/', '\\', '.', '-', '_');
        return !words.Contains("train", StringComparer.OrdinalIgnoreCase)
            && words.Intersect(HeldOutSplits, StringComparer.OrdinalIgnoreCase).Any();
    }

    private string NameOf(string path) => Path.GetRelativePath(root, path);
}
