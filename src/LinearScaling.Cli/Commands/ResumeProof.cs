using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Progress;
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
        ProgressDisplay display,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var folder = Directory.CreateTempSubdirectory("lcs-verify-resume-").FullName;
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
                        acceptChangedData: false,
                        message => display.Log.Information("{Message}", message),
                        cancellationToken
                    ),
                folder,
                name =>
                {
                    logs.ForEach(l => l.Dispose());
                    logs.Add(
                        new ConsoleRunLog(run!.Plan, $"{choice.Name} {name}", choice.Config.MicroBatches, display)
                    );
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
            Directory.Delete(folder, recursive: true);
        }
    }
}
