using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Links;

/// <summary>From compute to tasks in two steps: a law L(N, D) of a loss, then a link from that loss to each metric
/// (Gadre et al., arXiv 2403.08540, with an exponential; Bhagia et al., arXiv 2412.04403, with a sigmoid).</summary>
/// <remarks>The link is fitted to losses as measured and applied to losses as predicted.</remarks>
/// <param name="Surface">The first step, with everything that says how far to trust it.</param>
public sealed record TwoStep(LawAnalysis Surface, IReadOnlyList<MetricLink> Links)
{
    /// <param name="surface">A law of N and D, of the loss.</param>
    /// <param name="link">The second step's form: of one variable.</param>
    /// <param name="metrics">Each with as many rows as the link has parameters, or more.</param>
    public static TwoStep Analyze(
        LawAnalysis surface,
        LawForm link,
        IReadOnlyList<MetricRows> metrics,
        int starts = ParametricFit.DefaultStarts,
        int draws = Bootstrap.DefaultDraws,
        int seed = 0
    )
    {
        foreach (var m in metrics)
            if (Problem(link, m.Points) is { } problem)
                throw new LinearScalingException($"{surface.Name}: {m.Metric}: {problem}");
        List<ParametricFit> fits = [.. metrics.Select(m => ParametricFit.Fit(link, m.Points, null, starts, seed))];
        var joint = RunResampling.Draw([surface.Fit, .. fits], draws, seed);
        return new(
            surface,
            [
                .. fits.Select(
                    (fit, k) => Link(surface.Fit, metrics[k].Metric, fit, [.. joint.Select(d => (d[0], d[k + 1]))])
                ),
            ]
        );
    }

    /// <summary>Why a link cannot be fitted to rows, or null.</summary>
    public static string? Problem(LawForm link, IReadOnlyList<Observation> rows) =>
        !link.OfX ? $"{link.Name} is a law of {link.Variable("x")}; a link is a form of one variable, as sigmoid"
        : rows.Count < link.Parameters.Count
            ? $"{link.Name} has {link.Parameters.Count} parameters: {rows.Count} "
                + $"row{(rows.Count == 1 ? "" : "s")} with both the loss and the metric cannot determine them"
        : rows.Min(o => o.X) == rows.Max(o => o.X) ? "the loss is the same in all rows: nothing can be linked to it"
        : (link.Positive || link.DefaultLoss.Log) && rows.Any(o => !(o.Y > 0))
            ? $"the metric is {rows.Min(o => o.Y):G4} in a row, and {link.Name} is positive everywhere; "
                + $"choose --link sigmoid"
        : null;

    /// <summary>A metric at N parameters and D tokens, with the 95 % interval of both steps.</summary>
    public (double Value, Interval? Interval) Predict(MetricLink link, double n, double d)
    {
        var at = Observation.At(n, d, 0);
        return (
            link.At(Surface.Fit.Predict(at)),
            Interval.Percentile(
                link.Draws.Select(j => LinkLaw.Value(link.Form, j.Link, Surface.Fit.Form.Predict(j.Surface, at)))
            )
        );
    }

    /// <summary>A metric where a budget is spent at the least loss, with the 95 % interval of both steps.</summary>
    /// <param name="most">So many of the bootstrap's draws make the interval.</param>
    public (double Value, Interval? Interval) Optimal(MetricLink link, double flops, int most = 1000)
    {
        double At(IReadOnlyList<double> surface, IReadOnlyList<double> coefficients) =>
            LinkLaw.Value(
                link.Form,
                coefficients,
                Allocation.Optimize(Surface.Fit.Form, surface, flops, Surface.Rule).Loss
            );
        var values = new double[Math.Min(most, link.Draws.Count)];
        Parallel.For(0, values.Length, i => values[i] = At(link.Draws[i].Surface, link.Draws[i].Link));
        return (At(Surface.Fit.Coefficients, link.Fit.Coefficients), Interval.Percentile(values));
    }

    /// <summary>The law of the loss as it is saved, with its links.</summary>
    /// <param name="law">The first step's.</param>
    public Law ToLaw(Law law) => law with { Links = [.. Links.Select(l => l.ToLaw())] };

    private static MetricLink Link(
        ParametricFit surface,
        string metric,
        ParametricFit fit,
        IReadOnlyList<(double[]? Surface, double[]? Link)> joint
    )
    {
        List<(double[] Surface, double[] Link)> draws =
        [
            .. joint.Where(d => d is { Surface: not null, Link: not null }).Select(d => (d.Surface!, d.Link!)),
        ];
        var held = TwoStepHoldOut.Measure(surface, fit);
        return new(
            metric,
            fit,
            draws,
            joint.Count - draws.Count,
            held,
            [
                .. ParametricCautions.Check(fit, new([.. draws.Select(d => d.Link)], 0), null, [], null),
                .. held is { Metric: { Relative: true, Mean: var mean } } && Math.Abs(mean) > 0.05
                    ? [new Caution("extrapolation", Missed(mean))]
                    : Array.Empty<Caution>(),
            ]
        );
    }

    private static string Missed(double mean) =>
        $"fitted without the top half-decade of compute, both steps miss its metric by {100 * mean:+0.0;-0.0}% on "
        + $"average";
}
