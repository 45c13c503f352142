namespace LinearScaling.Tests.Cli;

/// <summary>The clone the tests were built from, and its golden files.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Compares with a file below the root; with LCS_UPDATE_GOLDEN=1 writes it instead.</summary>
    public static void AssertGolden(string file, string actual)
    {
        var path = Path.Combine(Root, file);
        if (Environment.GetEnvironmentVariable("LCS_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
        }
        Assert.True(File.Exists(path), $"{file} is missing; LCS_UPDATE_GOLDEN=1 writes it");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "LinearScaling.sln"))
            ? folder
            : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("LinearScaling.sln"));
}
