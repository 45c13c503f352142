using System.IO.Compression;
using System.Text.Json;

namespace LinearScaling.Tests.Evaluation;

/// <summary>Published data beside the repository, for tests that compare with it; they are skipped where it is
/// absent.</summary>
internal static class SharedData
{
    /// <summary>A file or folder below ../shared/data, or a skipped test.</summary>
    public static string Need(string path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "LinearScaling.sln")))
            directory = directory.Parent;
        var found = Path.GetFullPath(Path.Combine(directory?.FullName ?? "", "..", "shared", "data", path));
        Assert.SkipUnless(File.Exists(found) || Directory.Exists(found), $"needs ../shared/data/{path}");
        return found;
    }

    public static IEnumerable<JsonElement> GzippedLines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }
}
