using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.Progress;
using LinearScaling.Compute;
using LinearScaling.Runs;
using Spectre.Console;

namespace LinearScaling.Cli.Studies;

/// <summary>The state of a study's runs: as a table that is redrawn, or as one line.</summary>
internal sealed class StudyBoard
{
    private static readonly string[] Numbers = ["step", "loss", "tokens/s", "left"];

    private readonly IReadOnlyList<StudyJob> jobs;
    private readonly long began = Stopwatch.GetTimestamp();
    private readonly double doneBefore;

    public StudyBoard(IReadOnlyList<StudyJob> jobs)
    {
        this.jobs = jobs;
        doneBefore = jobs.Sum(j => Done(j, j.Directory.LastMetrics()));
    }

    /// <summary>Runs under way come first: a large study's table is cut at the terminal's height.</summary>
    public Table Table()
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("run", "");
        foreach (var number in Numbers)
            table.AddColumn(new TableColumn(number).RightAligned());
        var done = 0.0;
        foreach (var job in jobs.OrderBy(j => Rank(j.Stage)))
        {
            var last = job.Directory.LastMetrics();
            done += Done(job, last);
            table.AddRow(
                Markup.Escape(job.Run.Path),
                $"[{Color(job.Stage)}]{Name(job.Stage)}[/]",
                last is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{last.Step}/{job.Run.Steps}"),
                last is null ? "" : last.Loss.ToString("F4", CultureInfo.InvariantCulture),
                last is null ? "" : Units.Count(last.TokensPerSecond),
                job.Stage == RunStage.Training && last is not null
                    ? Units.Duration((job.Run.Tokens - last.Tokens) / last.TokensPerSecond)
                    : ""
            );
        }
        return table.Caption(Markup.Escape(Summary(done)));
    }

    public string Line()
    {
        var metrics = jobs.Select(j => (Job: j, Last: j.Directory.LastMetrics())).ToList();
        var underWay = metrics
            .Where(m => m.Job.Stage is RunStage.Training or RunStage.Evaluating)
            .Select(m =>
                m.Job.Stage == RunStage.Evaluating || m.Last is null
                    ? $"{m.Job.Run.Path} {Name(m.Job.Stage)}"
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{m.Job.Run.Path} {m.Last.Step}/{m.Job.Run.Steps} loss {m.Last.Loss:F4}"
                    )
            );
        return string.Join("; ", [Summary(metrics.Sum(m => Done(m.Job, m.Last))), .. underWay]);
    }

    /// <summary>Time left goes by the model FLOPs of training, done since this process began and still to do.</summary>
    private string Summary(double done)
    {
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var (rate, left) = (
            (done - doneBefore) / seconds,
            jobs.Where(j => j.Stage != RunStage.Failed).Sum(j => j.Run.ExactFlops) - done
        );
        var failed = jobs.Count(j => j.Stage == RunStage.Failed);
        return $"{jobs.Count(j => j.Stage == RunStage.Done)} of {jobs.Count} runs "
            + $"done{(failed > 0 ? $", {failed} failed" : "")}, {Units.Duration(seconds)} gone"
            + (rate > 0 && left > 0 ? $", about {Units.Duration(left / rate)} left" : "");
    }

    private static double Done(StudyJob job, StepRecord? last) =>
        job.Stage == RunStage.Failed || last is null ? 0 : last.Tokens * job.Run.FlopsPerToken[Flops.Exact];

    private static int Rank(RunStage stage) =>
        stage switch
        {
            RunStage.Failed => 0,
            RunStage.Training or RunStage.Evaluating => 1,
            RunStage.Waiting => 2,
            _ => 3,
        };

    private static string Name(RunStage stage) => stage.ToString().ToLowerInvariant();

    private static string Color(RunStage stage) =>
        stage switch
        {
            RunStage.Failed => "red",
            RunStage.Done => "green",
            RunStage.Waiting => "grey",
            _ => "yellow",
        };
}
