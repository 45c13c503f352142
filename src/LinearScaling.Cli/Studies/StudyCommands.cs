using System.Globalization;

namespace LinearScaling.Cli.Studies;

/// <summary>The command lines that take a run of a study to its end, as typed after lcs.</summary>
/// <param name="threads">As in <c>--threads</c>; a batch script's variable too.</param>
internal sealed class StudyCommands(Study study, string device, string threads)
{
    public IReadOnlyList<string> Train(StudyJob job) =>
        [
            "train",
            "--arch",
            job.Run.Architecture,
            "--size",
            job.Run.Size,
            "--config",
            job.Directory.ConfigFile,
            "--output",
            job.Directory.FullPath,
            .. Where,
        ];

    public IReadOnlyList<string> Evaluate(StudyJob job) =>
        [
            "eval",
            "--checkpoints",
            job.Directory.FullPath,
            "--tasks",
            study.Config.Eval.Tasks,
            "--task-data",
            study.Config.Eval.TaskData,
            .. study.Config.Eval.Limit is { } limit
                ? (string[])["--limit", limit.ToString(CultureInfo.InvariantCulture)]
                : [],
            .. Where,
        ];

    private string[] Where => ["--device", device, "--threads", threads];
}
