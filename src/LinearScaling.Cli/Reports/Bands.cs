using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Laws;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports;

/// <summary>Lines with the 95 % of the bootstrap's draws about them; lines alone where nothing was drawn.</summary>
internal static class Bands
{
    /// <summary>Draws behind each end of a band.</summary>
    public const int Draws = 400;

    /// <summary>A power law of compute.</summary>
    public static Series Law(string label, string color, Stroke stroke, ComputeLaw law, double from, double to)
    {
        List<double> grid = [.. Overlay.Grid(from, to, 33)];
        return new(label, color, stroke, Mark.None, [.. grid.Select(c => (c, law.At(c)))])
        {
            Band = Ends(grid, law.Band),
        };
    }

    /// <summary>A fit at places of its variable, or along a run.</summary>
    /// <param name="at">What the fit sees at a place.</param>
    public static IReadOnlyList<(double X, double Low, double High)> Fit(
        ParametricFit fit,
        Bootstrap bootstrap,
        IReadOnlyList<double> grid,
        Func<double, Observation> at,
        int draws = Draws
    )
    {
        var ends = new Interval?[grid.Count];
        Parallel.For(
            0,
            grid.Count,
            i =>
            {
                var o = at(grid[i]);
                ends[i] = Interval.Percentile(bootstrap.Draws.Take(draws).Select(d => fit.Form.Predict(d, o)));
            }
        );
        return ends.Contains(null) ? [] : [.. grid.Zip(ends, (x, e) => (x, e!.Low, e.High))];
    }

    /// <summary>Ends where all are known, else none: half a band would claim that the rest is certain.</summary>
    public static IReadOnlyList<(double X, double Low, double High)> Ends(
        IReadOnlyList<double> grid,
        Func<double, Interval?> interval
    )
    {
        var ends = grid.Select(x => (X: x, Interval: interval(x))).ToList();
        return ends.Exists(e => e.Interval is null)
            ? []
            : [.. ends.Select(e => (e.X, e.Interval!.Low, e.Interval.High))];
    }
}
