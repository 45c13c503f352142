using LinearScaling.Files;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Reports.Links;

/// <summary>The plots of metrics fitted in two steps: against compute, and against the loss between.</summary>
internal static class LinkPlots
{
    /// <summary>Draws behind each end of a band.</summary>
    private const int BandDraws = 500;

    public static IEnumerable<(Figure, string)> Draw(IReadOnlyList<TwoStep> fits, string loss, string convention)
    {
        foreach (var metric in fits.SelectMany(f => f.Links.Select(l => l.Metric)).Distinct())
        {
            List<Series> compute = [],
                link = [];
            foreach (var (f, i) in fits.Select((f, i) => (f, i)))
                if (f.Links.FirstOrDefault(l => l.Metric == metric) is { } found)
                {
                    compute.AddRange(AgainstCompute(f, found, Palette.Color(i)));
                    link.AddRange(AgainstLoss(f, found, Palette.Color(i)));
                }
            var name = SafeName.ForFile(metric.Replace('/', '-'));
            yield return (
                new(
                    $"metric_{name}",
                    $"{metric} against compute",
                    new($"C (training FLOPs, convention {convention})"),
                    new(metric, Log: false),
                    compute
                ),
                $"Dots: the data. Line: {metric} where the budget is spent at the least {loss}, one decade beyond the "
                    + "data; thin lines: its 95 % interval from both steps."
            );
            yield return (
                new($"link_{name}", $"{metric} against {loss}", new(loss, Log: false), new(metric, Log: false), link),
                $"Each dot is a model; the line is the link, the thin lines its 95 % interval."
            );
        }
    }

    private static IEnumerable<Series> AgainstCompute(TwoStep fit, MetricLink link, string color)
    {
        var points = link.Fit.Problem.Points;
        var all = fit.Surface.Fit.Problem.Points;
        var line = Overlay
            .Grid(all.Min(o => o.C), 10 * all.Max(o => o.C), 33)
            .Select(c => (c, At: fit.Optimal(link, c, BandDraws)))
            .ToList();
        yield return new(
            $"{fit.Surface.Name}: measured",
            color,
            Stroke.None,
            Mark.Dot,
            [.. points.Select(o => (o.C, o.Y))]
        );
        foreach (var series in Band(fit.Surface.Name, color, line.ConvertAll(p => (p.c, p.At.Value, p.At.Interval))))
            yield return series;
    }

    private static IEnumerable<Series> AgainstLoss(TwoStep fit, MetricLink link, string color)
    {
        var points = link.Fit.Problem.Points;
        var (from, to) = (points.Min(o => o.X), points.Max(o => o.X));
        var line = Enumerable
            .Range(0, 64)
            .Select(k => from + (to - from) * (k - 8) / 55.0) // an eighth below the least loss: what comes next
            .Where(x => x > 0)
            .Select(x =>
                (
                    x,
                    link.At(x),
                    Interval.Percentile(
                        link.Draws.Take(BandDraws).Select(d => link.Form.Predict(d.Link, Observation.OfX(x, 0)))
                    )
                )
            )
            .ToList();
        yield return new(
            $"{fit.Surface.Name}: measured",
            color,
            Stroke.None,
            Mark.Dot,
            [.. points.Select(o => (o.X, o.Y))]
        );
        foreach (var series in Band($"{fit.Surface.Name}: {link.Form.Name}", color, line))
            yield return series;
    }

    private static IEnumerable<Series> Band(
        string label,
        string color,
        List<(double X, double Value, Interval? Interval)> line
    )
    {
        yield return new(label, color, Stroke.Solid, Mark.None, [.. line.Select(p => (p.X, p.Value))]);
        if (line.TrueForAll(p => p.Interval is not null))
            foreach (var end in new Func<Interval, double>[] { i => i.Low, i => i.High })
                yield return new(null, color, Stroke.Thin, Mark.None, [.. line.Select(p => (p.X, end(p.Interval!)))]);
    }
}
