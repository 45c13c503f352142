using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.Processes;

namespace LinearScaling.Cli.Studies.Clusters;

/// <summary>The batch scripts of a study: a job array for training and one for evaluation, whose tasks are
/// runs.</summary>
/// <param name="root">The study's directory.</param>
internal sealed class SlurmScript(Study study, SlurmConfig slurm, string root, string device)
{
    /// <summary>Marks a batch script's place for the number of a run among the submitted ones.</summary>
    private const string Task = "$SLURM_ARRAY_TASK_ID";

    private readonly StudyCommands commands = new(study, device, "$SLURM_CPUS_PER_TASK");

    /// <summary>Trains the run of its task. A job that was told to stop has saved, and is queued again; so is one that
    /// failed, as often as the study allows, unless the user has to mend something.</summary>
    public string Train(string name, IReadOnlyList<StudyJob> jobs) =>
        string.Join(
            '\n',
            [
                .. Head(name, jobs, slurm.Nodes, slurm.TasksPerNode, slurm.Gpus),
                "#SBATCH --requeue",
                $"#SBATCH --signal=USR1@{Number(slurm.Notice)}",
                .. Body(jobs, commands.Train),
                "code=$?",
                "again=\"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"",
                "if [ $code = 130 ]; then",
                "    echo \"saved; queued again\"; scontrol requeue \"$again\"; sleep 60",
                "elif [ $code != 0 ] && [ $code != 2 ] && "
                    + $"[ \"${{SLURM_RESTART_COUNT:-0}}\" -lt {Number(study.Config.Retries)} ]; then",
                "    echo \"ended with exit code $code; queued again\"; scontrol requeue \"$again\"; sleep 60",
                "fi",
                "exit $code",
                "",
            ]
        );

    /// <summary>Evaluates the run of its task, on one device.</summary>
    public string Evaluate(string name, IReadOnlyList<StudyJob> jobs) =>
        string.Join(
            '\n',
            [
                .. Head(name, jobs, nodes: 1, tasks: 1, Math.Min(1, slurm.Gpus)),
                "#SBATCH --requeue",
                "#SBATCH --kill-on-invalid-dep=yes",
                .. Body(jobs, commands.Evaluate),
                "exit $?",
                "",
            ]
        );

    private IEnumerable<string> Head(string name, IReadOnlyList<StudyJob> jobs, int nodes, int tasks, int gpus)
    {
        yield return "#!/bin/bash";
        var atOnce = slurm.Jobs > 0 ? $"%{Number(slurm.Jobs)}" : "";
        foreach (
            var (key, value) in new (string, string)[]
            {
                ("job-name", name),
                ("array", $"0-{Number(jobs.Count - 1)}{atOnce}"),
                ("output", Path.Combine(root, "logs", "slurm-%A-%a.log")),
                ("open-mode", "append"),
                ("nodes", Number(nodes)),
                ("ntasks-per-node", Number(tasks)),
                ("cpus-per-task", Number(slurm.Cpus)),
                ("gpus-per-node", gpus > 0 ? Number(gpus) : ""),
                ("partition", slurm.Partition),
                ("time", slurm.Time),
                ("mem", slurm.Memory),
                ("account", slurm.Account),
                ("qos", slurm.Qos),
            }
        )
            if (value != "")
                yield return $"#SBATCH --{key}={value}";
        foreach (var option in slurm.Options ?? [])
            yield return $"#SBATCH {option}";
    }

    private IEnumerable<string> Body(IReadOnlyList<StudyJob> jobs, Func<StudyJob, IReadOnlyList<string>> command)
    {
        foreach (var line in slurm.Setup.Split('\n').Where(l => l != ""))
            yield return line;
        yield return $"cd {Quoted(Directory.GetCurrentDirectory())}";
        yield return $"case \"{Task}\" in";
        foreach (var (index, job) in jobs.Index())
            yield return $"{Number(index)}) log={Quoted(job.LogFile)}; "
                + $"line=({string.Join(' ', command(job).Select(Quoted))});;";
        yield return "esac";
        yield return "exec >> \"$log\" 2>&1";
        yield return "echo \"$(date -Is) job $SLURM_JOB_ID on $SLURM_JOB_NODELIST: lcs ${line[*]}\"";
        var mpi = slurm.Mpi == "" ? "" : $"--mpi={slurm.Mpi} ";
        yield return $"srun --kill-on-bad-exit=1 {mpi}{Program()} \"${{line[@]}}\"";
    }

    private static string Program()
    {
        ProcessStartInfo start = LcsChild.StartInfo([]);
        return string.Join(' ', new[] { start.FileName }.Concat(start.ArgumentList).Select(Quoted));
    }

    /// <summary>As the shell takes it; a variable stays one.</summary>
    private static string Quoted(string text) =>
        text.StartsWith('$') ? $"\"{text}\"" : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
