using System.Text;

namespace LinearScaling.Input;

/// <summary>The input files that a user's paths name, and the parts they are read in.</summary>
public static class InputFiles
{
    /// <summary>Plain files are read in ranges of this size, so that one large file keeps every core busy.</summary>
    private const long RangeBytes = 16 << 20;

    private static readonly string[] Extensions =
    [
        ".txt",
        ".md",
        ".jsonl",
        ".jsonl.gz",
        ".jsonl.zst",
        ".json.gz",
        ".json.zst",
        ".parquet",
    ];

    /// <summary>Every file that the paths (files, folders or patterns such as data/*.jsonl) name, once, in ordinal
    /// order of full paths; of folders those that are text to train on.</summary>
    /// <exception cref="LinearScalingException">A path is not there, or there is no text in it.</exception>
    public static InputSelection Find(IEnumerable<string> paths)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        var leftOut = new List<string>();
        foreach (var path in paths)
        {
            var (found, without) = Expand(path);
            if (found.Count == 0)
                throw InputMistakes.NoText(path, Extensions, without);
            files.UnionWith(found.Select(Path.GetFullPath));
            leftOut.AddRange(without);
        }
        return new([.. files], leftOut);
    }

    /// <param name="column">The Parquet column or JSON key that holds the text; null is "text", or the one column of
    /// strings.</param>
    /// <param name="encoding">Of text and JSON lines that have no byte order mark; null is UTF-8.</param>
    /// <exception cref="LinearScalingException">A file cannot be text: named, with the reason.</exception>
    public static IReadOnlyList<InputPart> Parts(
        IEnumerable<string> files,
        string? column = null,
        Encoding? encoding = null
    )
    {
        var parts = new List<InputPart>();
        foreach (var file in files)
        {
            var length = new FileInfo(file).Length;
            if (length == 0)
                throw new LinearScalingException($"{file}: is empty");
            var own = TextEncoding.Detect(file, encoding);
            if (Is(file, ".parquet"))
                parts.AddRange(ParquetPart.List(file, column));
            else if (!TextEncoding.HasOneByteLineFeeds(own))
                parts.Add(WideTextPart.Open(file, length, own));
            else if (Is(file, ".gz") || Is(file, ".zst"))
                parts.Add(new JsonLinesPart(file, 0, long.MaxValue, 4 * length, column ?? "text", own));
            else
                for (var start = 0L; start < length; start += RangeBytes)
                {
                    var end = Math.Min(start + RangeBytes, length);
                    parts.Add(
                        Is(file, ".jsonl")
                            ? new JsonLinesPart(file, start, end, end - start, column ?? "text", own)
                            : new PlainTextPart(file, start, end, own)
                    );
                }
        }
        return parts;
    }

    internal static bool IsKnown(string file) => Extensions.Any(e => Is(file, e));

    internal static bool IsPlainText(string file) => Is(file, ".txt") || Is(file, ".md");

    private static bool Is(string file, string extension) =>
        file.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static (IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut) Expand(string path)
    {
        if (File.Exists(path))
            return IsKnown(path) ? ([path], []) : throw InputMistakes.OtherExtension(path, Extensions);
        if (Directory.Exists(path))
            return CorpusFolder.Select(path);
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        if (path.AsSpan().IndexOfAny('*', '?') >= 0 && Directory.Exists(folder))
            return ([.. Directory.EnumerateFiles(folder, Path.GetFileName(path)).Where(IsKnown)], []);
        throw new LinearScalingException($"{path}: no such file or directory");
    }
}

/// <summary>Files of text to read.</summary>
/// <param name="Files">Full paths, each once.</param>
/// <param name="LeftOut">What lies in the folders named and is not read, with the reason.</param>
public sealed record InputSelection(IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut);
