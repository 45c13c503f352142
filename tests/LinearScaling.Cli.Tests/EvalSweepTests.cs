using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

/// <summary>Evaluations of a run trained here, as a user starts them.</summary>
public sealed class EvalSweepTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-eval-").FullName;

    public EvalSweepTests() =>
        Assert.Equal(
            0,
            LcsProcess
                .Run(
                    "train",
                    "--arch",
                    "tnl",
                    "--size",
                    "nano-100k",
                    "--threads",
                    "1",
                    "--set",
                    "train.batch_tokens=512",
                    "--set",
                    "train.micro_batch=2",
                    "--set",
                    "checkpoints.log_from=1",
                    "--set",
                    "checkpoints.log_factor=1.05",
                    "--steps",
                    "5",
                    "--output",
                    RunPath
                )
                .ExitCode
        );

    private string RunPath => Path.Combine(root, "run");

    private RunDirectory Run => new(RunPath);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Checkpoints_are_evaluated_tabled_and_not_evaluated_again()
    {
        var checkpoints = Run.Checkpoints();
        var (exitCode, output, error) = await Eval();
        Assert.True(exitCode == 0, error);
        Assert.Contains(
            $"{checkpoints.Count} checkpoints: {checkpoints.Count} results to compute, 0 already there",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal(
            checkpoints.Select(c => $"run/{c.Name}"),
            output.Split('\n').Where(l => l.StartsWith("run/", StringComparison.Ordinal)).Select(l => l.Split(' ')[0])
        );
        var losses = Run.ReadEvals().Where(r => r.Metric == "val_loss").ToList();
        Assert.Equal(checkpoints.Select(c => c.Step), losses.Select(r => r.Step));
        Assert.InRange(losses[^1].Value, 3, 5.6);
        Assert.All(losses, r => Assert.Equal(6, r.N));

        var again = await Eval();
        Assert.Contains(
            $"0 results to compute, {checkpoints.Count} already there",
            again.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(output, again.Output);
    }

    [Fact]
    public async Task A_flipped_byte_is_named_and_the_other_checkpoints_are_done()
    {
        var damaged = Run.Checkpoints()[1];
        var bytes = File.ReadAllBytes(damaged.ModelFile);
        bytes[^9] ^= 1;
        File.WriteAllBytes(damaged.ModelFile, bytes);
        var (exitCode, output, error) = await Eval();
        Assert.Equal(2, exitCode);
        Assert.Contains($"{damaged.ModelFile}: checksum", error, StringComparison.Ordinal);
        Assert.Contains(
            $"1 of {Run.Checkpoints().Count} checkpoints could not be evaluated (named above); the results of the "
                + $"others are kept",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal(Run.Checkpoints().Count - 1, Run.ReadEvals().Count(r => r.Metric == "val_loss"));
        Assert.DoesNotContain(damaged.Name, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("complete.json", "{\"files\": ")]
    [InlineData("model.yaml", "model: [")]
    public async Task A_damaged_seal_or_card_is_named_and_the_other_checkpoints_are_done(string file, string content)
    {
        var damaged = Run.Checkpoints()[0];
        File.WriteAllText(Path.Combine(damaged.FullPath, file), content);
        var (exitCode, output, error) = await Eval();
        Assert.Equal(2, exitCode);
        Assert.Contains(Path.Combine(damaged.FullPath, file), error, StringComparison.Ordinal);
        Assert.Contains(
            $"1 of {Run.Checkpoints().Count} checkpoints could not be evaluated (named above); the results of the "
                + $"others are kept",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal(Run.Checkpoints().Count - 1, Run.ReadEvals().Count(r => r.Metric == "val_loss"));
        Assert.DoesNotContain(damaged.Name, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Needles_are_drawn_and_two_checkpoints_compared()
    {
        File.WriteAllText(
            Path.Combine(root, "haystack.txt"),
            string.Concat(Enumerable.Repeat("All grass is green. ", 40))
        );
        string[] grid =
        [
            "--tasks",
            "needle_standard",
            "--task-data",
            root,
            "--set",
            "needle_standard.num_lengths=2",
            "--set",
            "needle_standard.min_length=300",
            "--set",
            "needle_standard.max_length=400",
            "--set",
            "needle_standard.num_depths=2",
        ];
        var last = Run.Checkpoints()[^1];
        var (exitCode, _, error) = await Lcs.RunAsync([
            "eval",
            "--checkpoints",
            last.FullPath,
            "--threads",
            "1",
            .. grid,
        ]);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith(
            "<svg",
            File.ReadAllText(Path.ChangeExtension(Run.SamplesFile(last.Name, "needle_standard"), ".svg")),
            StringComparison.Ordinal
        );
        Assert.Equal(4, Run.ReadSamples(last.Name, "needle_standard").Count);

        var (code, output, message) = await Lcs.RunAsync(
            "eval",
            "--compare",
            Run.Checkpoints()[0].FullPath,
            RunPath,
            "--limit",
            "6",
            "--threads",
            "1"
        );
        Assert.True(code == 0, message);
        Assert.Contains("val_loss", output, StringComparison.Ordinal);
        Assert.Contains("95 % interval", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_sweep_loses_nothing_and_repeats_nothing()
    {
        for (var kill = 1; kill <= 2; kill++)
        {
            using var lcs = Start();
            lcs.WaitForError("val_loss:");
            lcs.Signal("KILL");
            lcs.WaitForExit();
        }
        using var one = Start();
        using var other = Start(); // two workers share what is left
        Assert.Equal((0, 0), (one.WaitForExit(), other.WaitForExit()));
        Assert.Equal(
            Run.Checkpoints().SelectMany(c => new[] { $"{c.Step} val_loss", $"{c.Step} bits_per_byte" }).Order(),
            Run.ReadEvals().Select(r => $"{r.Step} {r.Metric}").Order()
        );
    }

    [Fact]
    public void Watching_waits_for_the_first_checkpoint_and_goes_on_until_interrupted()
    {
        var later = Path.Combine(root, "later");
        using var lcs = LcsProcess.Start("eval", "--checkpoints", later, "--limit", "6", "--threads", "1", "--watch");
        lcs.WaitForError("0 checkpoints");
        Directory.CreateDirectory(later);
        Directory.Move(RunPath, Path.Combine(later, "run"));
        lcs.WaitForError($"run/{new RunDirectory(Path.Combine(later, "run")).Checkpoints()[^1].Name} val_loss:");
        lcs.Signal("INT");
        Assert.Equal(130, lcs.WaitForExit());
    }

    private Task<(int ExitCode, string Output, string Error)> Eval() =>
        Lcs.RunAsync("eval", "--checkpoints", root, "--limit", "6", "--threads", "1");

    private LcsProcess Start() => LcsProcess.Start("eval", "--checkpoints", root, "--limit", "6", "--threads", "1");
}
