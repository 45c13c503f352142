namespace LinearScaling.Tests;

/// <summary>Published data that tests compare with: in the folder that LCS_TEST_DATA names, ../shared/data by default.
/// tests/data.tsv says where each file is published; scripts/test-data.sh fetches it.</summary>
internal static class TestData
{
    private static readonly string Repository = FindRepository();

    private static readonly string Folder =
        Environment.GetEnvironmentVariable("LCS_TEST_DATA")
        ?? Path.GetFullPath(Path.Combine(Repository, "..", "shared", "data"));

    private static readonly string[] Listed =
    [
        .. File.ReadLines(Path.Combine(Repository, "tests", "data.tsv")).Select(l => l.Split('\t')[0]),
    ];

    /// <summary>The file or folder, or a skipped test.</summary>
    /// <param name="path">As tests/data.tsv lists it, or a folder of it.</param>
    public static string Need(string path)
    {
        Assert.True(
            Listed.Any(l => l == path || l.StartsWith(path + "/", StringComparison.Ordinal)),
            $"{path}: not listed in tests/data.tsv"
        );
        var found = Path.Combine(Folder, path);
        Assert.SkipUnless(
            File.Exists(found) || Directory.Exists(found),
            $"needs {path}; get it with: scripts/test-data.sh DIR {path}, and set LCS_TEST_DATA=DIR"
        );
        return found;
    }

    private static string FindRepository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "LinearScaling.sln")))
            directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
