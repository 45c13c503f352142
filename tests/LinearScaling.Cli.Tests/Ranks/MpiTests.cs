using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli.Ranks;

/// <summary>One run by several processes, under real MPI, through the command line.</summary>
public sealed class MpiTests(SingleRuns singles) : IClassFixture<SingleRuns>, IDisposable
{
    private const int Steps = 20;
    private readonly string root = Directory.CreateTempSubdirectory("lcs-mpi-").FullName;

    public static TheoryData<string, string> Runs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var mpi in (string[])["mpich", "openmpi"])
            foreach (var architecture in (string[])["tnl", "hgrn2", "cosformer2", "llama"])
                data.Add(mpi, architecture);
            return data;
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Runs))]
    public void Two_processes_lose_what_one_does(string name, string architecture)
    {
        var mpi = Mpi.Need(name);
        mpi.Run(2, Line(architecture, "two"));
        AssertClose(architecture, "two");
        if (name == "openmpi")
            return; // what carries the messages makes no difference to what they say
        mpi.Run(2, Line(architecture, "shared", "train.sequence_parallel=2"));
        AssertClose(architecture, "shared");
    }

    [Theory]
    [MemberData(nameof(Mpi.Names), MemberType = typeof(Mpi))]
    public void Four_processes_compute_the_same_bits_again_sharded_or_not(string name)
    {
        var mpi = Mpi.Need(name);
        mpi.Run(4, Line("tnl", "four"));
        AssertClose("tnl", "four");
        mpi.Run(4, Line("tnl", "whole", "train.shard=none"));
        Assert.Equal(Losses("four"), Losses("whole"));
        Assert.Equal(Last("four").WeightsHash, Last("whole").WeightsHash);
    }

    [Theory]
    [MemberData(nameof(Mpi.Names), MemberType = typeof(Mpi))]
    public void A_rank_that_is_killed_ends_the_others_and_the_run_goes_on_to_the_same_bits(string name)
    {
        var mpi = Mpi.Need(name);
        mpi.Run(2, Long("whole"));
        using (var lcs = mpi.Start(2, Long("killed")))
        {
            WaitForCheckpoint("killed");
            Mpi.Signal(Mpi.ProcessOf(1, Path.Combine(root, "killed")), "KILL");
            Assert.NotEqual(0, lcs.WaitForExit(30));
        }
        mpi.Run(2, Long("killed"));
        Assert.Equal(Losses("whole"), Losses("killed"));
        Assert.Equal(Last("whole").WeightsHash, Last("killed").WeightsHash);
    }

    [Theory]
    [MemberData(nameof(Mpi.Names), MemberType = typeof(Mpi))]
    public void A_rank_that_hangs_is_named_and_ends_the_others(string name)
    {
        var mpi = Mpi.Need(name);
        using var lcs = mpi.Start(2, [.. Long("hung"), "--set", "train.timeout=3"]);
        WaitForCheckpoint("hung");
        var rank1 = Mpi.ProcessOf(1, Path.Combine(root, "hung"));
        Mpi.Signal(rank1, "STOP");
        Assert.Equal(2, lcs.WaitForExit(30));
        Mpi.Signal(rank1, "KILL");
        Assert.Contains("rank 1 of 2 did not come to the exchange of ", lcs.Error, StringComparison.Ordinal);
        Assert.Contains(" within 3 s: hung, or gone; ", lcs.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mpich", "TERM")]
    [InlineData("openmpi", "USR1")]
    public void A_signal_to_one_rank_saves_once_and_ends_all(string name, string signal)
    {
        var mpi = Mpi.Need(name);
        using var lcs = mpi.Start(2, Long("told"));
        WaitForCheckpoint("told");
        Mpi.Signal(Mpi.ProcessOf(1, Path.Combine(root, "told")), signal);
        Assert.Equal(130, lcs.WaitForExit(30));
        var checkpoint = Last("told");
        checkpoint.Verify();
        Assert.Equal(1, lcs.Error.Split('\n').Count(l => l == "interrupted"));
        Assert.Empty(Directory.GetDirectories(Run("told").CheckpointsFolder, ".*"));
    }

    [Theory]
    [MemberData(nameof(Mpi.Names), MemberType = typeof(Mpi))]
    public void Processes_that_were_started_differently_say_how(string name)
    {
        var mpi = Mpi.Need(name);
        string[] first = [.. Line("tnl", "one")];
        using var lcs = LcsProcess.StartUnder(
            [.. mpi.Launcher, "-n", "1"],
            [
                .. first,
                "--set",
                "seed=1",
                ":",
                "-n",
                "1",
                LcsProcess.Dotnet,
                LcsProcess.Program,
                .. first,
                "--set",
                "seed=2",
            ]
        );
        Assert.Equal(2, lcs.WaitForExit(60));
        Assert.Contains(
            "rank 1 differs from rank 0 (seed: 1 there, 2 here); start every process of a run with the same command, "
                + "data and program\n",
            lcs.Error,
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(Path.Combine(root, "one")));
    }

    [Fact]
    public void A_batch_that_processes_cannot_share_is_refused_once()
    {
        using var lcs = Mpi.Need("mpich").Start(3, Line("tnl", "three"));
        Assert.Equal(2, lcs.WaitForExit(60));
        Assert.StartsWith(
            "train.batch_tokens / data.seq_len (4 sequences) must be a multiple of 3, the processes",
            lcs.Error,
            StringComparison.Ordinal
        );
        Assert.Single(lcs.Error.Split('\n'), l => l.Contains("batch_tokens", StringComparison.Ordinal));
    }

    [Fact]
    public void Devices_start_processes_of_their_own()
    {
        Mpi.Need("openmpi"); // or whichever is called mpiexec
        var (code, output, error) = LcsProcess.Run([.. Line("tnl", "two"), "--devices", "2"]);
        Assert.True(code == 0, error);
        Assert.Contains("two: 20 steps", output, StringComparison.Ordinal);
        AssertClose("tnl", "two");
        Assert.All(Run("two").ReadMetrics(), m => Assert.Equal(2, m.Ranks));

        using var stopped = LcsProcess.Start([.. Long("stopped"), "--devices", "2"]);
        WaitForCheckpoint("stopped");
        stopped.Signal("TERM");
        Assert.Equal(130, stopped.WaitForExit(60));
        Last("stopped").Verify();
    }

    [Fact]
    public void Evaluation_shares_the_checkpoints()
    {
        var mpi = Mpi.Need("mpich");
        Assert.Equal(0, LcsProcess.Run([.. Line("tnl", "run"), "--set", "checkpoints.log_from=5"]).ExitCode);
        var output = mpi.Run(2, "eval", "--checkpoints", Path.Combine(root, "run"), "--limit", "8", "--threads", "1");
        Assert.Equal(1, output.Split('\n').Count(l => l.StartsWith("checkpoint ", StringComparison.Ordinal)));
        var evaluated = Run("run").ReadEvals().Where(e => e.Metric == "val_loss").Select(e => e.Checkpoint).ToList();
        Assert.Equal(Run("run").Checkpoints().Select(c => c.Name), evaluated.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_launcher_of_another_mpi_is_told_from_the_libraries()
    {
        Mpi.Need("mpich");
        // Slurm without its MPI: every process is an MPI program of its own
        using var lcs = LcsProcess.StartBelow(
            "export SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_LOCALID=1; exec \"$@\"",
            Line("tnl", "one")
        );
        Assert.Equal(2, lcs.WaitForExit(60));
        Assert.StartsWith(
            "rank 1: Slurm started this process as rank 1 of 2, but MPICH ",
            lcs.Error,
            StringComparison.Ordinal
        );
        using var without = LcsProcess.StartBelow(
            "export LCS_MPI=libnone.so SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_LOCALID=0; exec \"$@\"",
            Line("tnl", "one")
        );
        Assert.Equal(2, without.WaitForExit(60));
        Assert.StartsWith(
            "MPI carries data between processes on CPUs, and none is found here (tried libnone.so)",
            without.Error,
            StringComparison.Ordinal
        );
    }

    private string[] Line(string architecture, string name, params string[] more) =>
        SingleRuns.Line(architecture, Path.Combine(root, name), Steps, more);

    /// <summary>A run that is under way for a while and saves now and then.</summary>
    private string[] Long(string name) =>
        SingleRuns.Line(
            "tnl",
            Path.Combine(root, name),
            steps: 60,
            "checkpoints.log_from=1",
            "checkpoints.every=3",
            "checkpoints.keep_last=3"
        );

    private RunDirectory Run(string name) => new(Path.Combine(root, name));

    private CheckpointDirectory Last(string name) => Run(name).Checkpoints()[^1];

    private IEnumerable<double> Losses(string name) => Run(name).ReadMetrics().Select(m => m.Loss);

    private void AssertClose(string architecture, string found)
    {
        var (a, b) = (singles.Losses(architecture, Steps), Losses(found).ToList());
        Assert.Equal(Steps, a.Count);
        Assert.Equal(Steps, b.Count);
        for (var i = 0; i < Steps; i++)
            Assert.True(Math.Abs(a[i] - b[i]) <= 1e-5 * a[i], $"{found}, step {i + 1}: {a[i]:R} against {b[i]:R}");
    }

    private void WaitForCheckpoint(string name)
    {
        for (var waited = 0; waited < 1200; waited++)
        {
            if (Run(name).IsStarted && Run(name).Checkpoints().Count > 1)
                return;
            Thread.Sleep(25);
        }
        Assert.Fail($"{name}: no checkpoint");
    }
}
