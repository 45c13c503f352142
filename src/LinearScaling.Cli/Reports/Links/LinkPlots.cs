using LinearScaling.Cli.Reports.Figures;
using LinearScaling.Files;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports.Links;

/// <summary>The plots of metrics fitted in two steps: against compute, and against the loss between.</summary>
internal static class LinkPlots
{
    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<TwoStep> fits, string loss, string convention)
    {
        foreach (var metric in fits.SelectMany(f => f.Links.Select(l => l.Metric)).Distinct())
        {
            List<(TwoStep Fit, MetricLink Link)> with =
            [
                .. fits.SelectMany(f => f.Links.Where(l => l.Metric == metric).Select(l => (f, l))),
            ];
            List<string> names = [.. with.Select(w => w.Fit.Surface.Name)];
            var bar = with.Count == 1 ? Measured.Bar(with[0].Link.Fit.Problem.Points.Select(o => o.N)) : null;
            Figure Plot(
                (string, string) figure,
                Axis x,
                Func<TwoStep, MetricLink, string, Series> line,
                Func<Observation, (double, double)> place
            ) =>
                Grouped.Draw(
                    figure,
                    x,
                    new(metric, Log: false),
                    names,
                    (i, color) =>
                        [
                            .. Measured.Dots(with[i].Link.Fit.Problem.Points, color, bar, place),
                            line(with[i].Fit, with[i].Link, bar is null ? color : "#d55e00"),
                        ]
                ) with
                {
                    Bar = bar,
                };
            var name = SafeName.ForFile(metric.Replace('/', '-'));
            yield return (
                Plot(
                    ($"metric_{name}", $"{metric} against compute"),
                    new(ComputeOrigin.Axis(convention)),
                    AgainstCompute,
                    o => (o.C, o.Y)
                ),
                $"Dots: the data. Line: {metric} where the budget is spent at the least {loss}, one decade beyond the "
                    + "data, with the interval of both steps."
            );
            yield return (
                Plot(
                    ($"link_{name}", $"{metric} against {loss}"),
                    new(loss, Log: false),
                    (_, link, color) => AgainstLoss(link, color),
                    o => (o.X, o.Y)
                ),
                "Each dot is a model; the line is the link."
            );
        }
    }

    private static Series AgainstCompute(TwoStep fit, MetricLink link, string color)
    {
        var all = fit.Surface.Fit.Problem.Points;
        List<(double C, double Value, Interval? Interval)> line =
        [
            .. Overlay
                .Grid(all.Min(o => o.C), 10 * all.Max(o => o.C), 33)
                .Select(c => (c, At: fit.Optimal(link, c, Bands.Draws)))
                .Select(p => (p.c, p.At.Value, p.At.Interval)),
        ];
        return new("compute-optimal", color, Stroke.Solid, Mark.None, [.. line.Select(p => (p.C, p.Value))])
        {
            Band = line.Exists(p => p.Interval is null)
                ? []
                : [.. line.Select(p => (p.C, p.Interval!.Low, p.Interval.High))],
        };
    }

    private static Series AgainstLoss(MetricLink link, string color)
    {
        var points = link.Fit.Problem.Points;
        var (from, to) = (points.Min(o => o.X), points.Max(o => o.X));
        List<double> grid =
        [
            .. Enumerable
                .Range(0, 64)
                .Select(k => from + (to - from) * (k - 8) / 55.0) // an eighth below the least loss: what comes next
                .Where(x => x > 0),
        ];
        return new(link.Form.Name, color, Stroke.Solid, Mark.None, [.. grid.Select(x => (x, link.At(x)))])
        {
            Band = Bands.Fit(link.Fit, link.Bootstrap, grid, x => Observation.OfX(x, 0)),
        };
    }
}
