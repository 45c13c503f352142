using System.Diagnostics;

namespace LinearScaling.Tests.Cli;

/// <summary>The scripts and command lines for developers do what they say.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-scripts-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void One_test_class_runs_as_documented()
    {
        var line = Assert.Single(
            File.ReadLines(Path.Combine(Repository.Root, "tests", "README.md")),
            l => l.Contains("--filter-class", StringComparison.Ordinal)
        );
        var (exitCode, output) = Run($"{line} --no-build");
        Assert.True(exitCode == 0, output);
        Assert.Matches("succeeded: [1-9]", output);
        Assert.Equal(8, Run($"{line.Replace("Flops", "No", StringComparison.Ordinal)} --no-build").ExitCode);
    }

    [Fact]
    public void Test_data_is_fetched_checked_and_not_fetched_again()
    {
        const string tokenizer = "tokenizers/gpt2/tokenizer.json";
        var row = File.ReadLines(Path.Combine(Repository.Root, "tests", "data.tsv"))
            .Select(l => l.Split('\t'))
            .Single(r => r[0] == tokenizer);
        var published = Path.Combine(root, "mirror", row[1], row[2], row[3]);
        Directory.CreateDirectory(Path.GetDirectoryName(published)!);
        File.Copy(TestData.Need(tokenizer), published);

        string Fetch() =>
            Run($"LCS_TEST_DATA_MIRROR=file://{root}/mirror scripts/test-data.sh {root}/data {tokenizer}").Output;

        Assert.EndsWith("0 present, 1 fetched, 0 failed, 0 to be made by hand\n", Fetch(), StringComparison.Ordinal);
        Assert.EndsWith("1 present, 0 fetched, 0 failed, 0 to be made by hand\n", Fetch(), StringComparison.Ordinal);
        File.AppendAllText(Path.Combine(root, "data", tokenizer), " ");
        Assert.EndsWith("0 present, 1 fetched, 0 failed, 0 to be made by hand\n", Fetch(), StringComparison.Ordinal);

        // a mirror with another file is not believed
        File.AppendAllText(published, " ");
        File.Delete(Path.Combine(root, "data", tokenizer));
        Assert.EndsWith("0 present, 0 fetched, 1 failed, 0 to be made by hand\n", Fetch(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "data"), "*", SearchOption.AllDirectories));
    }

    private static (int ExitCode, string Output) Run(string line)
    {
        var start = new ProcessStartInfo("bash", ["-c", line])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
