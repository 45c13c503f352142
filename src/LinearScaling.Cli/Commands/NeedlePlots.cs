using System.Globalization;
using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Sweeps;

namespace LinearScaling.Cli.Commands;

/// <summary>Heat maps of the needle grids that evaluations kept, beside the run's results.</summary>
internal static class NeedlePlots
{
    /// <returns>The files written; a picture that is newer than its grid is left alone.</returns>
    public static IEnumerable<string> Write(
        IReadOnlyList<CheckpointDirectory> checkpoints,
        IReadOnlyList<EvalTask> tasks
    )
    {
        foreach (var task in tasks.OfType<NeedleTask>())
        foreach (var checkpoint in checkpoints)
        {
            var run = EvalResults.FindRun(checkpoint);
            var samples = run.SamplesFile(checkpoint.Name, task.Name);
            var svg = Path.ChangeExtension(samples, ".svg");
            if (
                run.SamplesWritten(checkpoint.Name, task.Name) is not { } written
                || (File.Exists(svg) && File.GetLastWriteTimeUtc(svg) == written)
            )
                continue;
            if (Grid(run.ReadSamples(checkpoint.Name, task.Name), task) is not { } grid)
                continue;
            var title =
                $"{SweepProgress.Title(checkpoint)} {task.Name}, "
                + $"{(task.Score == NeedleScore.ExactMatch ? "exact match" : "probability")}";
            DurableFile.WriteAllText(svg, HeatMap.Svg(grid, title));
            File.SetLastWriteTimeUtc(svg, written); // says what it shows, though clocks may go back
            yield return svg;
            if (PngFigure.MissingFonts() is not null)
                continue;
            HeatMap.SavePng(grid, title, Path.ChangeExtension(samples, ".png"));
            yield return Path.ChangeExtension(samples, ".png");
        }
    }

    /// <summary>Cells are named LENGTH/DEPTH; a limited evaluation has no whole grid.</summary>
    private static NeedleGrid? Grid(IReadOnlyList<SampleRecord> samples, NeedleTask task)
    {
        var metric = task.Score == NeedleScore.ExactMatch ? "exact_match" : "probability";
        var cells = samples
            .Select(s =>
                (
                    Cell: s.Id.Split('/').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray(),
                    Value: s.Scores[metric]
                )
            )
            .ToList();
        int[] lengths = [.. cells.Select(c => c.Cell[0]).Distinct().Order()];
        int[] depths = [.. cells.Select(c => c.Cell[1]).Distinct().Order()];
        return cells.Count == lengths.Length * depths.Length
            ? new(lengths, depths, [.. cells.OrderBy(c => c.Cell[0]).ThenBy(c => c.Cell[1]).Select(c => c.Value)])
            : null;
    }
}
