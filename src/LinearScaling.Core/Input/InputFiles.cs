using LinearScaling.Shards;

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
    /// order of full paths.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            var found = Expand(path).Select(Path.GetFullPath).ToList();
            if (found.Count == 0)
                throw new LinearScalingException($"{path}: no text found; lcs reads {string.Join(", ", Extensions)}");
            files.UnionWith(found);
        }
        return [.. files];
    }

    /// <param name="column">The Parquet column or JSON key that holds the text; null is "text", or the one column of
    /// strings.</param>
    /// <exception cref="LinearScalingException">A file cannot be text: named, with the reason.</exception>
    public static IReadOnlyList<InputPart> Parts(IEnumerable<string> files, string? column = null)
    {
        var parts = new List<InputPart>();
        foreach (var file in files)
        {
            var length = new FileInfo(file).Length;
            if (length == 0)
                throw new LinearScalingException($"{file}: is empty");
            if (Is(file, ".parquet"))
                parts.AddRange(ParquetPart.List(file, column));
            else if (Utf16Part.Is(file))
                parts.Add(Utf16(file, length));
            else if (Is(file, ".gz") || Is(file, ".zst"))
                parts.Add(new JsonLinesPart(file, 0, long.MaxValue, 4 * length, column ?? "text"));
            else
                for (var start = 0L; start < length; start += RangeBytes)
                {
                    var end = Math.Min(start + RangeBytes, length);
                    parts.Add(
                        Is(file, ".jsonl")
                            ? new JsonLinesPart(file, start, end, end - start, column ?? "text")
                            : new PlainTextPart(file, start, end)
                    );
                }
        }
        return parts;
    }

    private static Utf16Part Utf16(string file, long length) =>
        Is(file, ".txt") || Is(file, ".md")
            ? length <= Utf16Part.MostBytes
                ? new(file, length / 2)
                : throw InputMistakes.Utf16(file, "is UTF-16 of more than 1 GB")
            : throw InputMistakes.Utf16(file, "is UTF-16, in which JSON lines are not read");

    /// <summary>Shards are no text: a folder that has some, or in which some are being prepared, is skipped.</summary>
    private static IEnumerable<string> FilesBelow(DirectoryInfo folder)
    {
        if (Manifest.IsIn(folder.FullName) || Directory.Exists(Path.Combine(folder.FullName, Manifest.WorkFolder)))
            return [];
        var own = folder.EnumerateFiles().Select(f => f.FullName).Where(f => Extensions.Any(e => Is(f, e)));
        return own.Concat(folder.EnumerateDirectories().Where(d => d.LinkTarget is null).SelectMany(FilesBelow));
    }

    private static bool Is(string file, string extension) =>
        file.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Expand(string path)
    {
        if (File.Exists(path))
            return Extensions.Any(e => Is(path, e)) ? [path] : throw InputMistakes.OtherExtension(path, Extensions);
        if (Directory.Exists(path))
            return FilesBelow(new DirectoryInfo(path));
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
        if (path.AsSpan().IndexOfAny('*', '?') >= 0 && Directory.Exists(folder))
            return Directory.EnumerateFiles(folder, Path.GetFileName(path)).Where(f => Extensions.Any(e => Is(f, e)));
        throw new LinearScalingException($"{path}: no such file or directory");
    }
}
