using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LinearScaling.Cli.Studies.Clusters;

/// <summary>A task of a job array that is in the queue.</summary>
/// <param name="Task">Its number in the array.</param>
/// <param name="IsRunning">Whether it runs; else it waits.</param>
/// <param name="Script">The batch script that it was submitted as.</param>
internal sealed record QueuedTask(int Task, bool IsRunning, string Script);

/// <summary>Slurm's queue, by its own commands.</summary>
/// <param name="name">Name of the jobs that are looked at.</param>
internal sealed class SlurmQueue(string name)
{
    /// <summary>The jobs' name.</summary>
    public string Name => name;

    /// <returns>The array's number.</returns>
    public static string Submit(string script, string? after) =>
        Run(
                "sbatch",
                [
                    "--parsable",
                    $"--comment={Path.GetFileName(script)}",
                    .. after is null ? (string[])[] : [$"--dependency=aftercorr:{after}"],
                    script,
                ]
            )
            .Trim()
            .Split(';')[0];

    /// <summary>Tasks that wait or run.</summary>
    public IReadOnlyList<QueuedTask> Tasks() =>
        [
            .. Run("squeue", ["--array", "--noheader", $"--name={name}", "--format=%K|%T|%k"])
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Trim().Split('|', 3))
                .Where(parts => parts.Length == 3)
                .Select(parts => new QueuedTask(
                    int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var task) ? task : 0,
                    parts[1] is "RUNNING" or "COMPLETING",
                    parts[2]
                )),
        ];

    private static string Run(string program, IReadOnlyList<string> args)
    {
        try
        {
            var start = new ProcessStartInfo(program, args)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new LinearScalingException(
                    $"{program}: {error.GetAwaiter().GetResult().Trim().Replace('\n', ' ')}"
                );
        }
        catch (Win32Exception e)
        {
            throw new LinearScalingException(
                $"{program}: not found; a study with cluster.slurm is started where Slurm's commands are",
                e
            );
        }
    }
}
