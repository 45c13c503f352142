using System.Diagnostics;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli.Ranks;

/// <summary>Studies on Slurm: on one that scripts/slurm-local.sh starts, and what needs none.</summary>
public sealed class SlurmTests : IDisposable
{
    private const string Study = """
        set:
          data: {seq_len: 64}
          train: {horizon: {name: steps, count: 60}, batch_tokens: 256, micro_batch: 4}
          checkpoints: {log_from: 6, log_factor: 1.5}
        eval: {limit: 3}
        threads: 1
        experiments:
          - matrix: {arch: [tnl], size: [nano-100k, nano-300k]}
        """;

    private readonly string root = Directory.CreateTempSubdirectory("lcs-slurm-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_study_that_is_cancelled_and_submitted_again_ends_with_the_results_of_this_machine()
    {
        using var slurm = LocalSlurm.Start(Path.Combine(root, "slurm"));
        var study = Write("cluster: {slurm: {cpus: 1, notice: 30}}");
        var end = slurm.Sweep(study, Out("cluster"), whileRunning: () => slurm.Do("scancel --state=PENDING --me"));
        Assert.Equal(2, end.ExitCode);
        Assert.Contains("its training ended early: failed, or cancelled", end.Error, StringComparison.Ordinal);

        end = slurm.Sweep(study, Out("cluster"));
        Assert.True(end.ExitCode == 0, end.Error);
        var (code, _, error) = LcsProcess.Run("sweep", Write(""), "--output", Out("here"));
        Assert.True(code == 0, error);
        Assert.Equal(2 * 7 * 2, Evaluations("here").Count); // runs, checkpoints, metrics
        Assert.Equal(Evaluations("here"), Evaluations("cluster"));
    }

    [Fact]
    public async Task A_dry_run_prints_scripts_that_the_shell_takes()
    {
        var study = Write(
            "cluster: {slurm: {partition: gpu, time: '1:00:00', nodes: 2, gpus: 8, cpus: 4, account: it's, jobs: 3, "
                + "mpi: pmi2, setup: \"module load dotnet\\nexport A=1\", options: [--constraint=h100]}}"
        );
        var (exitCode, output, error) = await Lcs.RunAsync("sweep", study, "--output", Out("a'b"), "--dry-run");
        Assert.True(exitCode == 0, error);
        var scripts = output[output.IndexOf("#!/bin/bash", StringComparison.Ordinal)..];
        foreach (
            var line in new[]
            {
                "#SBATCH --array=0-1%3",
                "#SBATCH --nodes=2",
                "#SBATCH --ntasks-per-node=8",
                "#SBATCH --gpus-per-node=8",
                "#SBATCH --cpus-per-task=4",
                "#SBATCH --partition=gpu",
                "#SBATCH --time=1:00:00",
                "#SBATCH --constraint=h100",
                "#SBATCH --signal=USR1@120",
                "#SBATCH --requeue",
                "#SBATCH --kill-on-invalid-dep=yes",
                "module load dotnet",
                "export A=1",
            }
        )
            Assert.Contains(line, scripts.Split('\n'));
        Assert.Contains("srun --kill-on-bad-exit=1 --mpi=pmi2 ", scripts, StringComparison.Ordinal);
        var check = Process.Start(
            new ProcessStartInfo("/bin/bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true }
        )!;
        await check.StandardInput.WriteAsync(scripts);
        check.StandardInput.Close();
        Assert.Equal("", await check.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.False(Directory.Exists(Out("a'b")));
    }

    [Theory]
    [InlineData(
        "cluster: {slurm: {gpus: 8, tasks: 2}}",
        "cluster.slurm: gpus and tasks: with GPUs there is one process"
    )]
    [InlineData("cluster: {slurm: {options: [h100]}}", "cluster.slurm: options: 'h100' is no option of sbatch")]
    [InlineData("cluster: {slurm: {node: 2}}", "cluster.slurm.node: unknown key; did you mean nodes?")]
    public async Task What_Slurm_cannot_be_asked_for_is_refused(string cluster, string message)
    {
        var (exitCode, _, error) = await Lcs.RunAsync("sweep", Write(cluster), "--output", Out("x"));
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_Slurm_says_so()
    {
        using var lcs = LcsProcess.StartBelow(
            "program=$(readlink -f \"$(command -v \"$1\")\"); shift; PATH=/none exec \"$program\" \"$@\"",
            "sweep",
            Write("cluster: {slurm: {cpus: 1}}"),
            "--output",
            Out("x")
        );
        Assert.Equal(2, lcs.WaitForExit());
        Assert.EndsWith(
            "squeue: not found; a study with cluster.slurm is started where Slurm's commands are\n",
            lcs.Error,
            StringComparison.Ordinal
        );
    }

    private List<(string Run, string Checkpoint, string Metric, double Value, string WeightsHash)> Evaluations(
        string name
    ) =>
        [
            .. RunDirectory
                .Find(Out(name))
                .SelectMany(r => r.ReadEvals().Select(e => (r.Name, e.Checkpoint, e.Metric, e.Value, e.WeightsHash)))
                .Order(),
        ];

    private string Out(string name) => Path.Combine(root, name);

    private string Write(string cluster)
    {
        var path = Path.Combine(root, "study.yaml");
        File.WriteAllText(path, Study + "\n" + cluster + "\n");
        return path;
    }

    /// <summary>A Slurm of this machine alone, for as long as a test.</summary>
    private sealed class LocalSlurm(string folder) : IDisposable
    {
        /// <summary>Skips the test where there is none to start.</summary>
        public static LocalSlurm Start(string folder)
        {
            Assert.SkipUnless(
                File.Exists("/usr/sbin/slurmctld") && File.Exists("/usr/sbin/munged") && Environment.UserName == "root",
                "needs root, and Slurm (apt-get install slurm-wlm munge)"
            );
            var slurm = new LocalSlurm(folder);
            var (code, text) = slurm.Script("start");
            Assert.SkipUnless(code == 0, $"Slurm does not start here: {text}");
            return slurm;
        }

        public (int ExitCode, string Output, string Error) Sweep(
            string study,
            string output,
            Action? whileRunning = null
        )
        {
            using var lcs = LcsProcess.StartBelow(
                $"export SLURM_CONF={folder}/slurm.conf; exec \"$@\"",
                "sweep",
                study,
                "--output",
                output
            );
            if (whileRunning is not null)
            {
                lcs.WaitForError("runs submitted as array");
                for (var waited = 0; waited < 600 && !Directory.Exists(Path.Combine(output, "logs")); waited++)
                    Thread.Sleep(50);
                while (!Do("squeue --noheader --states=RUNNING").Contains("lcs-", StringComparison.Ordinal))
                    Thread.Sleep(100);
                whileRunning();
            }
            return (lcs.WaitForExit(240), lcs.Output, lcs.Error);
        }

        public string Do(string command)
        {
            var start = new ProcessStartInfo("/bin/bash", ["-c", command]) { RedirectStandardOutput = true };
            start.Environment["SLURM_CONF"] = $"{folder}/slurm.conf";
            using var process = Process.Start(start)!;
            return process.StandardOutput.ReadToEnd();
        }

        public void Dispose()
        {
            Do("scancel --me; sleep 1");
            Script("stop");
            Thread.Sleep(1000);
        }

        private (int Code, string Text) Script(string action)
        {
            var start = new ProcessStartInfo(
                Path.Combine(Repository.Root, "scripts", "slurm-local.sh"),
                [action, folder]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["SLURM_LOCAL_PORT"] = "47817"; // beside one that is there
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text);
        }
    }
}
