using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>One budget's profile: the loss of models of different size that cost the same.</summary>
/// <param name="NOpt">Vertex of the parabola through loss against log10 N; NaN where it has none within the sizes
/// measured.</param>
/// <param name="Parabola">Coefficients of 1, u and u^2, u = log10 N less the profile's mean.</param>
/// <param name="Problem">Why the profile is not used, or null.</param>
public sealed record IsoFlopProfile(
    double Flops,
    IReadOnlyList<Observation> Points,
    double NOpt,
    double DOpt,
    double LossOpt,
    double[] Parabola,
    double MeanLogN,
    string? Problem
)
{
    public double At(double n) =>
        Math.Log10(n) - MeanLogN is var u ? Parabola[0] + u * (Parabola[1] + u * Parabola[2]) : 0;
}

/// <summary>Approach 2 (Hoffmann et al., arXiv 2203.15556, section 3.2): a parabola per budget, then power laws through
/// the vertices.</summary>
/// <param name="BiasN">How far this design's parabolas put N_opt off on a noise-free surface like the data's, as a
/// fraction; null where no surface could be fitted.</param>
public sealed record IsoFlop(
    IReadOnlyList<IsoFlopProfile> Profiles,
    LogLogLine? NOpt,
    LogLogLine? DOpt,
    double? BiasN,
    double? BiasD
)
{
    /// <param name="points">With N, D and C; those whose budgets differ by less than 1 % form one profile.</param>
    /// <param name="surface">Chinchilla coefficients that stand for the data's true surface, to measure the bias on, or
    /// null.</param>
    public static IsoFlop Fit(IReadOnlyList<Observation> points, IReadOnlyList<double>? surface = null)
    {
        var fit = Fit(points);
        if (surface is null || fit.NOpt is null)
            return fit;
        var form = new Forms.Chinchilla();
        var exact = Fit([.. points.Select(o => o with { Y = form.Predict(surface, o) })]);
        if (exact.NOpt is null)
            return fit;
        // At the middle budget, where intercept and slope do not trade.
        var middle = Math.Exp(exact.Profiles.Where(p => p.Problem is null).Average(p => Math.Log(p.Flops)));
        var truth = Allocation.Optimize(form, surface, middle, FlopsRule.Infer(points));
        return fit with { BiasN = exact.NOpt.At(middle) / truth.N - 1, BiasD = exact.DOpt!.At(middle) / truth.D - 1 };
    }

    private static IsoFlop Fit(IReadOnlyList<Observation> points)
    {
        var profiles = new List<List<Observation>>();
        foreach (var point in points.OrderBy(o => o.C))
            if (profiles.Count > 0 && point.C <= 1.01 * profiles[^1][0].C)
                profiles[^1].Add(point);
            else
                profiles.Add([point]);
        var fitted = profiles.ConvertAll(Profile);
        var used = fitted.Where(p => p.Problem is null).ToList();
        double[] flops = [.. used.Select(p => p.Flops)];
        return new(
            fitted,
            LogLogLine.Fit(flops, [.. used.Select(p => p.NOpt)]),
            LogLogLine.Fit(flops, [.. used.Select(p => p.DOpt)]),
            null,
            null
        );
    }

    private static IsoFlopProfile Profile(List<Observation> points)
    {
        var flops = Math.Exp(points.Average(o => Math.Log(o.C)));
        var mean = points.Average(o => Math.Log10(o.N));
        if (points.Select(o => o.N).Distinct().Count() < 3)
            return new(
                flops,
                points,
                double.NaN,
                double.NaN,
                double.NaN,
                [double.NaN, 0, 0],
                mean,
                "fewer than three sizes"
            );
        var (matrix, right) = (new double[3, 3], new double[3]);
        foreach (var o in points)
        {
            var u = Math.Log10(o.N) - mean;
            double[] x = [1, u, u * u];
            for (var i = 0; i < 3; i++)
            {
                right[i] += o.Weight * x[i] * o.Y;
                for (var j = 0; j < 3; j++)
                    matrix[i, j] += o.Weight * x[i] * x[j];
            }
        }
        var parabola = SmallMatrix.Solve(SmallMatrix.Cholesky(matrix), right);
        var vertex = -parabola[1] / (2 * parabola[2]);
        var n = Math.Pow(10, mean + vertex);
        var perToken = points.Average(o => o.C / (o.N * o.D));
        return new(
            flops,
            points,
            n,
            flops / (perToken * n),
            parabola[0] - parabola[1] * parabola[1] / (4 * parabola[2]),
            parabola,
            mean,
            parabola[2] <= 0 ? "the parabola opens downwards"
                : n < points.Min(o => o.N) || n > points.Max(o => o.N) ? "the vertex lies outside the sizes measured"
                : null
        );
    }
}
