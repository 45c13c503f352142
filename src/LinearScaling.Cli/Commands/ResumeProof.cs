using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Progress;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs train --verify-resume</c>: the run's own configuration, a few steps, in a temporary
/// directory.</summary>
internal static class ResumeProof
{
    /// <returns>0 when stopping changed no bit, 1 when it did: that is a bug.</returns>
    public static int Run(
        RunChoice choice,
        ComputeDevice compute,
        ICollectives ranks,
        ProgressDisplay display,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var own = ranks.Rank == 0 ? Directory.CreateTempSubdirectory("lcs-verify-resume-").FullName : "";
        var folder = ranks.Gather(own, compute.Device, "the directory of the proof")[0];
        var logs = new List<ConsoleRunLog>();
        try
        {
            TrainingRun? run = null;
            var report = ResumeCheck.Run(
                path =>
                    run = TrainingRun.Open(
                        choice.Config,
                        choice.Architecture,
                        choice.Size,
                        path,
                        compute,
                        ranks,
                        acceptChangedData: false,
                        message => display.Log.Information("{Message}", message),
                        cancellationToken
                    ),
                folder,
                name =>
                {
                    logs.ForEach(l => l.Dispose());
                    logs.Add(new ConsoleRunLog(run!.Plan, $"{choice.Name} {name}", run.MicroBatches, display));
                    return logs[^1];
                },
                cancellationToken
            );
            foreach (var difference in report.Differences)
                output.WriteLine(difference);
            var verdict =
                report.Differences.Count == 0 ? $"equal to the bit, weights {report.WeightsHash}" : "not the same run";
            output.WriteLine(
                $"{choice.Name}: {report.Steps} steps against {report.StoppedAfter}, stop, "
                    + $"{report.Steps - report.StoppedAfter}: {verdict}"
            );
            return report.Differences.Count == 0 ? 0 : 1;
        }
        finally
        {
            logs.ForEach(l => l.Dispose());
            if (ranks.Rank == 0)
                Directory.Delete(folder, recursive: true);
        }
    }
}
