using LinearScaling.Files;
using LinearScaling.Laws;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

/// <summary>Sweeps of tiny runs, as a user starts, stops and kills them.</summary>
public sealed class SweepTests : IDisposable
{
    private const string Ladder = """
        set:
          data: {seq_len: 64}
          train: {horizon: {name: steps, count: 60}, batch_tokens: 256, micro_batch: 4}
          checkpoints: {log_from: 6, log_factor: 1.5}
        eval: {limit: 3}
        jobs: 2
        threads: 1
        experiments:
          - matrix:
              arch: [tnl]
              size: [nano-100k, nano-300k]
        """;

    private readonly string root = Directory.CreateTempSubdirectory("lcs-sweep-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_sweep_killed_five_times_ends_with_the_results_of_one_that_was_not()
    {
        var study = Write(Ladder);
        var (exitCode, output, error) = LcsProcess.Run("sweep", study, "--output", Out("whole"));
        Assert.True(exitCode == 0, error);

        var random = new Random(8);
        for (var kill = 0; kill < 5; kill++)
        {
            using var sweep = LcsProcess.Start("sweep", study, "--output", Out("killed"));
            sweep.WaitForError("2 runs, 2 at a time");
            Thread.Sleep(random.Next(0, 2500)); // anywhere in it: processes starting, training, saving, evaluating
            sweep.Signal("KILL");
            sweep.WaitForExit();
        }
        var (code, after, message) = LcsProcess.Run("sweep", study, "--output", Out("killed"));
        Assert.True(code == 0, message);

        Assert.Equal(Evaluations("whole"), Evaluations("killed"));
        Assert.Equal(2 * 7 * 2, Evaluations("whole").Count); // runs, checkpoints, metrics
        Assert.Equal(LawOf("whole"), LawOf("killed"));
        Assert.Equal(Columns(output), Columns(after));
        Assert.Equal([Versions.Program], VersionsOf("whole"));

        // to see that nothing is left to do takes no libtorch
        using var again = LcsProcess.StartBelow(
            "export LCS_LIBTORCH=/nowhere; exec \"$@\"",
            "sweep",
            study,
            "--output",
            Out("killed")
        );
        Assert.Equal((0, after), (again.WaitForExit(), again.Output));
        Assert.DoesNotContain("trained", again.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("evaluated", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_fails_is_reported_and_stops_no_other()
    {
        var study = Write(
            Ladder.Replace(
                "size: [nano-100k, nano-300k]",
                "size: [nano-100k]\n      lr: {sane: , mad: {train: {optimizer: {peak_lr: 1e30}}}}\n    fit: []",
                StringComparison.Ordinal
            )
        );
        var (exitCode, output, error) = LcsProcess.Run("sweep", study, "--output", Out("out"));
        Assert.Equal(2, exitCode);
        var failed = error.Split('\n').Single(l => l.StartsWith("failed: ", StringComparison.Ordinal));
        Assert.StartsWith(
            $"failed: tnl-nano-100k-mad: training: {Out("out")}/tnl-nano-100k-mad: step 2: the loss is",
            failed,
            StringComparison.Ordinal
        );
        Assert.EndsWith($"(log: {Out("out")}/logs/tnl-nano-100k-mad.log)", failed, StringComparison.Ordinal);
        Assert.EndsWith(
            "1 of the study's parts failed; the others are done, and the same command tries these again\n",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal(
            ["tnl-nano-100k-sane done", "tnl-nano-100k-mad failed"],
            output
                .Split('\n')
                .Where(l => l.StartsWith("tnl-", StringComparison.Ordinal))
                .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]))
        );
        Assert.True(new RunDirectory(Path.Combine(Out("out"), "tnl-nano-100k-sane")).Checkpoint(60).IsComplete);
    }

    [Fact]
    public void A_run_that_is_killed_is_started_again_so_often_and_no_oftener()
    {
        var study = Write(Ladder.Replace("count: 60", "count: 100000", StringComparison.Ordinal) + "\nretries: 1\n");
        using var sweep = LcsProcess.Start("sweep", study, "--only", "size=nano-100k", "--output", Out("out"));
        var run = new RunDirectory(Path.Combine(Out("out"), "tnl-nano-100k"));
        Kill(run);
        sweep.WaitForError("tnl-nano-100k: training: ended by signal 9; started again (1 of 1)");
        Kill(run);
        Assert.Equal(2, sweep.WaitForExit());
        Assert.Contains(
            "failed: tnl-nano-100k: training: ended by signal 9 (log: ",
            sweep.Error,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_signal_ends_every_run_cleanly(string signal)
    {
        var study = Write(Ladder.Replace("count: 60", "count: 100000", StringComparison.Ordinal));
        using var sweep = LcsProcess.Start("sweep", study, "--output", Out("out"));
        RunDirectory[] runs =
        [
            new(Path.Combine(Out("out"), "tnl-nano-100k")),
            new(Path.Combine(Out("out"), "tnl-nano-300k")),
        ];
        foreach (var run in runs)
            WaitForStep(run, 3);
        sweep.Signal(signal);
        Assert.Equal(130, sweep.WaitForExit(30));
        foreach (var run in runs)
        {
            Assert.Empty(Processes(run));
            run.Checkpoints()[^1].Verify();
            Assert.Equal(run.LastMetrics()!.Step, run.Checkpoints()[^1].Step);
        }
    }

    [Fact]
    public void A_directory_with_other_runs_and_one_with_another_sweep_are_refused()
    {
        var study = Write(Ladder + "\n    fit: []\n");
        var (first, _, message) = LcsProcess.Run(
            "sweep",
            study,
            "--only",
            "size=nano-100k",
            "--set",
            "set.train.horizon.count=6",
            "--output",
            Out("out")
        );
        Assert.True(first == 0, message);

        var (exitCode, _, error) = LcsProcess.Run("sweep", study, "--output", Out("out"));
        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"{Out("out")}/tnl-nano-100k: holds a different run (train.horizon.count: 6 there, 60 here); choose "
                + $"another --output, or remove it\n",
            error
        );

        using var taken = FileLock.TryTake(Path.Combine(Out("out"), "sweep.lock"));
        var second = LcsProcess.Run("sweep", study, "--output", Out("out"));
        Assert.Equal((2, $"{Out("out")}: another lcs sweep is at work here\n"), (second.ExitCode, second.Error));
    }

    private string Out(string name) => Path.Combine(root, name);

    private string Write(string yaml)
    {
        var file = Path.Combine(root, "study.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }

    private List<string> Evaluations(string name) =>
        [
            .. RunDirectory
                .Find(Out(name))
                .SelectMany(r =>
                    r.ReadEvals().Select(e => $"{r.Name} {e.Checkpoint} {e.WeightsHash} {e.Metric} {e.Value:R}")
                )
                .Order(StringComparer.Ordinal),
        ];

    private string LawOf(string name)
    {
        var law = Law.Load(Path.Combine(Out(name), "fits", "val_loss", "tnl", "law.json"));
        return string.Join(' ', law.Coefficients.Select(c => $"{c.Key} {c.Value:R} {law.Intervals[c.Key]}"));
    }

    /// <summary>The versions that runs, their evaluations and their law say made them.</summary>
    private IEnumerable<string> VersionsOf(string name) =>
        RunDirectory
            .Find(Out(name))
            .SelectMany(r => r.ReadEvals().Select(e => e.Version).Append(r.ReadRun().Version))
            .Append(Law.Load(Path.Combine(Out(name), "fits", "val_loss", "tnl", "law.json")).Version)
            .Distinct();

    /// <summary>The table of runs without the time they took.</summary>
    private static string Columns(string output) =>
        string.Join(
            '\n',
            output
                .Split('\n')
                .Where(l => l.StartsWith("tnl-nano-", StringComparison.Ordinal))
                .Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..6]))
        );

    private static void Kill(RunDirectory run)
    {
        WaitForStep(run, 3);
        List<int> training;
        while ((training = Processes(run)).Count == 0)
            Thread.Sleep(20);
        foreach (var id in training)
            System.Diagnostics.Process.GetProcessById(id).Kill();
    }

    /// <summary>The processes that train a run, by their command lines.</summary>
    private static List<int> Processes(RunDirectory run) =>
        [
            .. System
                .Diagnostics.Process.GetProcesses()
                .Where(p =>
                    CommandLine(p.Id) is var line
                    && line.Contains("\0train\0", StringComparison.Ordinal)
                    && line.Contains($"\0{run.FullPath}\0", StringComparison.Ordinal)
                )
                .Select(p => p.Id),
        ];

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // ended meanwhile
        }
    }

    private static void WaitForStep(RunDirectory run, long step)
    {
        for (var waited = 0; waited < 3000; waited++)
        {
            if (run.LastMetrics() is { } last && last.Step >= step)
                return;
            Thread.Sleep(20);
        }
        Assert.Fail($"{run.FullPath} did not reach step {step}");
    }
}
