using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    private static readonly string[] tiny = ["train", "--arch", "tnl", "--size", "nano-100k", "--threads", "1", "--set", "train.batch_tokens=512", "--set", "train.micro_batch=2"];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-train-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_run_trains_says_where_it_is_and_does_not_train_twice()
    {
        var run = Path.Combine(root, "run");
        var (exitCode, output, error) = LcsProcess.Run([.. tiny, "--steps", "3", "--output", run]);
        Assert.True(exitCode == 0, error);
        Assert.Contains(run, output, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], new RunDirectory(run).ReadMetrics().Select(m => m.Step));

        Assert.Equal(0, LcsProcess.Run([.. tiny, "--steps", "3", "--output", run]).ExitCode);
        Assert.Equal(3, new RunDirectory(run).ReadMetrics().Count);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_saves_and_ends_with_130_and_the_run_goes_on(string signal)
    {
        var run = Path.Combine(root, "run");
        using (var lcs = LcsProcess.Start([.. tiny, "--steps", "100000", "--output", run]))
        {
            WaitForStep(run, 3);
            lcs.Signal(signal);
            Assert.Equal(130, lcs.WaitForExit(30));
        }
        var saved = new RunDirectory(run).Checkpoints()[^1];
        saved.Verify();
        Assert.InRange(saved.Step, 3, 99_999);
        Assert.Empty(Directory.EnumerateDirectories(new RunDirectory(run).CheckpointsFolder, ".*"));
    }

    [Fact]
    public void A_full_disk_while_saving_is_one_line_and_loses_nothing()
    {
        var run = Path.Combine(root, "run");
        Assert.Equal(0, LcsProcess.Run([.. tiny, "--steps", "2", "--output", run]).ExitCode);
        var before = new RunDirectory(run).Checkpoints().Select(c => (c.Name, c.WeightsHash)).ToList();

        // 200 KiB a file: metrics and configuration fit, a checkpoint does not. The limit also counts for the memory
        // files behind write-xor-execute, without which the runtime starts.
        using var lcs = LcsProcess.StartBelow("export DOTNET_EnableWriteXorExecute=0; ulimit -f 200; exec \"$@\"", [.. tiny, "--steps", "4", "--output", Path.Combine(root, "full")]);
        Assert.Equal(2, lcs.WaitForExit());
        var message = lcs.Error.Split('\n').Single(l => l.Contains("could not be written", StringComparison.Ordinal));
        Assert.Contains(Path.Combine(root, "full"), message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
        Assert.Empty(new RunDirectory(Path.Combine(root, "full")).Checkpoints());
        Assert.Equal(before, new RunDirectory(run).Checkpoints().Select(c => (c.Name, c.WeightsHash)));
    }

    [Fact]
    public void An_output_directory_with_a_different_run_is_refused_and_left_alone()
    {
        var run = Path.Combine(root, "run");
        Assert.Equal(0, LcsProcess.Run([.. tiny, "--steps", "1", "--output", run]).ExitCode);
        var files = Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);

        var (exitCode, _, error) = LcsProcess.Run([.. tiny, "--steps", "1", "--output", run, "--set", "train.optimizer.peak_lr=0.5"]);

        Assert.Equal(2, exitCode);
        Assert.Contains($"{run}: holds a different run (train.optimizer.peak_lr: ", error, StringComparison.Ordinal);
        Assert.Equal(files, Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc));
    }

    private static void WaitForStep(string run, long step)
    {
        for (var waited = 0; waited < 3000; waited++)
        {
            if (File.Exists(new RunDirectory(run).MetricsFile) && new RunDirectory(run).ReadMetrics().Any(m => m.Step >= step))
                return;
            Thread.Sleep(20);
        }
        Assert.Fail($"{run} did not reach step {step}");
    }
}
