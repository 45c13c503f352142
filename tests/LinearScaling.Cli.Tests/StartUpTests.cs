namespace LinearScaling.Tests.Cli;

public sealed class StartUpTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-startup-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(0, "--help")]
    [InlineData(0, "list")]
    [InlineData(0, "schema")]
    [InlineData(2, "fit", "--runs", "nowhere")]
    [InlineData(2, "observe", "--table", "nowhere.csv", "--columns", "model=m,family=f,C=c", "--benchmarks", "a,b")]
    [InlineData(2, "train", "--arch", "tln", "--size", "1b")]
    public void What_needs_no_tensor_loads_no_libtorch(int exitCode, params string[] args)
    {
        Assert.Equal((exitCode, false), Run(args));
    }

    [Fact]
    public void A_fit_and_a_plan_of_a_budget_load_none_either()
    {
        var table = Path.Combine(folder, "curve.csv");
        File.WriteAllLines(table, ["C,L", "1e18,3.2", "1e19,2.9", "1e20,2.6", "1e21,2.4", "1e22,2.2"]);
        Assert.Equal(
            (0, false),
            Run(
                "fit",
                "--table",
                table,
                "--columns",
                "C=C,L=L",
                "--law",
                "power_law",
                "--output",
                Path.Combine(folder, "fit")
            )
        );
        Assert.Equal((0, false), Run("plan", "--budget", "1e21", "--law", "epoch2024"));
    }

    [Fact]
    public void Neither_do_plans_of_models_and_studies_nor_data()
    {
        var (text, shards) = (Path.Combine(folder, "text.txt"), Path.Combine(folder, "shards"));
        File.WriteAllText(text, string.Concat(Enumerable.Range(0, 30_000).Select(i => $"Line {i}.\n")));
        var study = Path.Combine(folder, "study.yaml");
        File.WriteAllText(study, "experiments: [{matrix: {arch: [tnl, llama], size: [nano-100k]}}]\n");
        Assert.Equal((0, false), Run("plan", "--arch", "hgrn2", "--size", "1b"));
        Assert.Equal((0, false), Run("sweep", study, "--dry-run"));
        Assert.Equal((0, false), Run("data", "prepare", text, "--output", shards));
        Assert.Equal((0, false), Run("data", "verify", shards));
    }

    [Fact]
    public void Doctor_does_so_the_test_above_can_fail() => Assert.Equal((0, true), Run("doctor"));

    /// <summary>Runs lcs while glibc's loader writes down what it opens.</summary>
    private (int ExitCode, bool LoadedLibTorch) Run(params string[] args)
    {
        var trace = Path.Combine(folder, "trace");
        using var lcs = LcsProcess.StartBelow($"export LD_DEBUG=files LD_DEBUG_OUTPUT={trace}; exec \"$@\"", args);
        var exitCode = lcs.WaitForExit();
        var traces = Directory.GetFiles(folder, "trace.*");
        Assert.NotEmpty(traces);
        return (exitCode, traces.Any(t => File.ReadAllText(t).Contains("libtorch", StringComparison.Ordinal)));
    }
}
