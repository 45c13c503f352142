using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

public sealed class TrainTests : IDisposable
{
    private static readonly string[] Tiny =
    [
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
    ];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-train-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_run_trains_says_where_it_is_and_does_not_train_twice()
    {
        var run = Path.Combine(root, "run");
        var (exitCode, output, error) = LcsProcess.Run([.. Tiny, "--steps", "3", "--output", run]);
        Assert.True(exitCode == 0, error);
        Assert.Contains(run, output, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], new RunDirectory(run).ReadMetrics().Select(m => m.Step));

        Assert.Equal(0, LcsProcess.Run([.. Tiny, "--steps", "3", "--output", run]).ExitCode);
        Assert.Equal(3, new RunDirectory(run).ReadMetrics().Count);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_signal_saves_and_ends_with_130_and_the_run_goes_on(string signal)
    {
        var run = Path.Combine(root, "run");
        using (var lcs = LcsProcess.Start([.. Tiny, "--steps", "100000", "--output", run]))
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
    public void Lines_of_metrics_that_are_lost_are_said_and_recorded_and_the_run_goes_on()
    {
        var run = new RunDirectory(Path.Combine(root, "run"));
        string[] command = [.. Tiny, "--output", run.FullPath, "--steps", "6", "--set", "checkpoints.at=[3]"];
        Assert.Equal(0, LcsProcess.Run(command).ExitCode);
        var lines = File.ReadAllLines(run.MetricsFile);
        lines[1] = lines[1][..30];
        File.WriteAllLines(run.MetricsFile, lines[..^1]);
        run.Checkpoint(6).Remove();
        var (exitCode, _, error) = LcsProcess.Run(command);
        Assert.Equal(0, exitCode);
        Assert.Contains(
            "metrics.jsonl: its lines of steps 2 to 2 are lost or damaged",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal([1, 3, 4, 5, 6], run.ReadMetrics().Select(m => m.Step));
        Assert.Equal([new StepRange(2, 2)], run.ReadRun().MissingMetrics);
    }

    [Fact]
    public void A_closed_standard_output_takes_nothing_and_spoils_nothing()
    {
        var run = Path.Combine(root, "run");
        using var lcs = LcsProcess.StartBelow("exec \"$@\" >&- 2>&-", [.. Tiny, "--steps", "3", "--output", run]);
        Assert.Equal(0, lcs.WaitForExit(60));
        Assert.Equal(3, new RunDirectory(run).ReadMetrics().Count);
        new RunDirectory(run).Checkpoint(3).Verify();
    }

    [Fact]
    public void A_full_disk_while_saving_is_one_line_and_loses_nothing()
    {
        var run = Path.Combine(root, "run");
        var (exitCode, _, error) = LcsProcess.Run([.. Tiny, "--steps", "2", "--output", run]);
        Assert.True(exitCode == 0, error);
        var before = new RunDirectory(run).Checkpoints().Select(c => (c.Name, c.WeightsHash)).ToList();

        // 200 KiB a file: metrics and configuration fit, a checkpoint does not. The limit also counts for the memory
        // files behind write-xor-execute, without which the runtime starts.
        using var lcs = LcsProcess.StartBelow(
            "export DOTNET_EnableWriteXorExecute=0; ulimit -f 200; exec \"$@\"",
            [.. Tiny, "--steps", "4", "--output", Path.Combine(root, "full")]
        );
        Assert.Equal(2, lcs.WaitForExit());
        var message = lcs.Error.Split('\n').Single(l => l.Contains("could not be written", StringComparison.Ordinal));
        Assert.Contains(Path.Combine(root, "full"), message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
        Assert.Empty(new RunDirectory(Path.Combine(root, "full")).Checkpoints());
        Assert.Equal(before, new RunDirectory(run).Checkpoints().Select(c => (c.Name, c.WeightsHash)));
    }

    [Theory]
    [InlineData("size=300k", "and 0.000 GB are free on its disk")]
    [InlineData("size=300k,ro", "Read-only file system")]
    public void A_disk_without_room_or_read_only_is_told_before_anything_is_written(string options, string expected)
    {
        var mount = Directory.CreateDirectory(Path.Combine(root, "mount")).FullName;
        using var probe = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", mount])
            {
                RedirectStandardError = true,
            }
        );
        probe!.WaitForExit();
        Assert.SkipUnless(probe.ExitCode == 0, "needs user namespaces, to mount a small disk");

        using var lcs = LcsProcess.StartBelow(
            $"exec unshare -rm bash -c 'mount -t tmpfs -o {options} tmpfs {mount}; exec \"$@\"' bash \"$@\"",
            [.. Tiny, "--steps", "4", "--output", Path.Combine(mount, "run")]
        );
        Assert.Equal(2, lcs.WaitForExit());
        Assert.Contains(expected, lcs.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_does_not_suffice_is_one_line()
    {
        // 2.36 GB of address space, of which the runtime and its libraries take 2.18 (more if they were let: regions,
        // arenas). The first activations, 256 MiB, find too little, and leave enough: where tensors of 64 MiB filled it
        // up, one run in twenty ended in the runtime's own "Out of memory." or in oneDNN, neither of which throws.
        var run = Path.Combine(root, "run");
        using var lcs = LcsProcess.StartBelow(
            "export DOTNET_GCRegionRange=0x20000000 MALLOC_ARENA_MAX=1; ulimit -v 2300000; exec \"$@\"",
            "train",
            "--arch",
            "tnl",
            "--size",
            "nano-1m",
            "--threads",
            "1",
            "--set",
            "train.batch_tokens=524288",
            "--set",
            "train.micro_batch=2048",
            "--set",
            "train.recompute=full",
            "--steps",
            "1",
            "--output",
            run
        );
        Assert.Equal(2, lcs.WaitForExit());
        Assert.Contains($"{run}: step 1: memory ran out (", lcs.Error, StringComparison.Ordinal);
        Assert.Contains("there is no checkpoint yet", lcs.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_run_goes_on_to_the_same_end()
    {
        var (whole, killed) = (Path.Combine(root, "whole"), Path.Combine(root, "killed"));
        string[] command = [.. Tiny, "--set", "checkpoints.every=1", "--steps", "12"];
        Assert.Equal(0, LcsProcess.Run([.. command, "--output", whole]).ExitCode);
        Directory.CreateDirectory(killed);
        foreach (var leftover in (string[])["config.yaml.123.tmp", "run.json.4567.tmp"]) // killed before the first step
            File.WriteAllText(Path.Combine(killed, leftover), "half");
        foreach (var step in (int[])[2, 5, 9])
        {
            using var lcs = LcsProcess.Start([.. command, "--output", killed]);
            WaitForStep(killed, step);
            lcs.Signal("KILL");
            lcs.WaitForExit();
        }
        Assert.Equal(0, LcsProcess.Run([.. command, "--output", killed]).ExitCode);
        Assert.Equal(
            new RunDirectory(whole).ReadMetrics().Select(m => m.Loss),
            new RunDirectory(killed).ReadMetrics().Select(m => m.Loss)
        );
        Assert.Equal(
            new RunDirectory(whole).Checkpoint(12).WeightsHash,
            new RunDirectory(killed).Checkpoint(12).WeightsHash
        );
        Assert.Empty(Directory.GetFiles(killed, "*.tmp"));
    }

    [Fact]
    public void Resume_is_proved_on_the_run_s_own_configuration()
    {
        var (exitCode, output, error) = LcsProcess.Run([.. Tiny, "--verify-resume", "--steps", "5"]);
        Assert.True(exitCode == 0, error);
        Assert.StartsWith(
            "tnl-nano-100k: 5 steps against 2, stop, 3: equal to the bit, weights ",
            output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_profile_and_event_files_are_written_on_request()
    {
        var run = Path.Combine(root, "run");
        var (exitCode, output, error) = LcsProcess.Run([
            .. Tiny,
            "--steps",
            "5",
            "--profile",
            "--tensorboard",
            "--output",
            run,
        ]);
        Assert.True(exitCode == 0, error);
        Assert.Contains("matrix products", output, StringComparison.Ordinal);
        var profile = new RunDirectory(run).ReadProfile();
        Assert.Equal(4, profile.Steps);
        Assert.Equal(profile.SecondsPerStep, profile.Phases.Values.Sum(), 1e-9);
        Assert.Equal(profile.SecondsPerStep, profile.Kinds.Values.Sum(), 1e-9);
        Assert.All(
            (string[])["forward", "backward", "head", "optimizer", "data"],
            phase => Assert.True(profile.Phases[phase] > 0, phase)
        );
        Assert.All(
            (string[])["matrix products", "optimizer", "other operators"],
            kind => Assert.True(profile.Kinds[kind] > 0, kind)
        );
        Assert.Equal(profile.LiveTensors[0], profile.LiveTensors[1]);
        Assert.NotEmpty(Directory.GetFiles(run, "events.out.tfevents.*"));
    }

    [Fact]
    public void An_output_directory_with_a_different_run_is_refused_and_left_alone()
    {
        var run = Path.Combine(root, "run");
        Assert.Equal(0, LcsProcess.Run([.. Tiny, "--steps", "1", "--output", run]).ExitCode);
        var files = Directory
            .EnumerateFiles(run, "*", SearchOption.AllDirectories)
            .ToDictionary(f => f, File.GetLastWriteTimeUtc);

        var (exitCode, _, error) = LcsProcess.Run([
            .. Tiny,
            "--steps",
            "1",
            "--output",
            run,
            "--set",
            "train.optimizer.peak_lr=0.5",
        ]);

        Assert.Equal(2, exitCode);
        Assert.Contains($"{run}: holds a different run (train.optimizer.peak_lr: ", error, StringComparison.Ordinal);
        Assert.Equal(
            files,
            Directory
                .EnumerateFiles(run, "*", SearchOption.AllDirectories)
                .ToDictionary(f => f, File.GetLastWriteTimeUtc)
        );
    }

    private static void WaitForStep(string run, long step)
    {
        for (var waited = 0; waited < 3000; waited++)
        {
            if (
                File.Exists(new RunDirectory(run).MetricsFile)
                && new RunDirectory(run).ReadMetrics().Any(m => m.Step >= step)
            )
                return;
            Thread.Sleep(20);
        }
        Assert.Fail($"{run} did not reach step {step}");
    }
}
