using System.Globalization;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;
using MathNet.Numerics.Distributions;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>One budget's profile: the loss of models of different size that cost the same.</summary>
/// <param name="Flops">The budget.</param>
/// <param name="Points">A run's rows of the same N and D are one point, their mean.</param>
/// <param name="OverN">Loss against ln N.</param>
/// <param name="OverD">Loss against ln D.</param>
/// <param name="Problem">Why the profile is not used, or null.</param>
public sealed record IsoFlopProfile(
    double Flops,
    IReadOnlyList<Observation> Points,
    Parabola OverN,
    Parabola OverD,
    string? Problem
)
{
    /// <summary>Sizes that a profile needs: a parabola goes through any three.</summary>
    public const int FewestSizes = 5;

    /// <summary>The size at the vertex of the parabola in ln N.</summary>
    public double NOpt => Math.Exp(OverN.Vertex);

    /// <summary>The tokens at the vertex of the parabola in ln D.</summary>
    public double DOpt => Math.Exp(OverD.Vertex);

    /// <summary>The least loss of the parabola in ln N.</summary>
    public double LossOpt => OverN.AtVertex;

    /// <summary>C / (N_opt D_opt): 6 where compute is 6 N D and both parabolas find the same model.</summary>
    public double FlopsPerProduct => Flops / (NOpt * DOpt);

    public double At(double n) => OverN.At(Math.Log(n));

    /// <summary>95 % of the parabola in ln N at sizes, by Student's t with three degrees of freedom less than points;
    /// none where there is no parabola.</summary>
    public IReadOnlyList<Interval> MeanIntervals(IReadOnlyList<double> sizes)
    {
        if (OverN == default)
            return [];
        var design = Designs(Points).N;
        var freedom = Points.Count - 3;
        var spread = Math.Sqrt(Points.Sum(o => o.Weight * Math.Pow(o.Y - At(o.N), 2)) / freedom);
        var widest = StudentT.InvCDF(0, 1, freedom, 0.975) * spread;
        return
        [
            .. sizes
                .Select(n => (Loss: At(n), Off: widest * design.ErrorAt(Math.Log(n))))
                .Select(e => new Interval(e.Loss - e.Off, e.Loss + e.Off)),
        ];
    }

    internal string Called => string.Create(CultureInfo.InvariantCulture, $"the budget of {Flops:0.##e0} FLOPs");

    internal static IsoFlopProfile Fit(double flops, IReadOnlyList<Observation> rows)
    {
        var points = Merged(rows);
        var sizes = points.Select(o => o.N).Distinct().Count();
        if (sizes < FewestSizes || points.Select(o => o.D).Distinct().Count() < 3)
            return new(
                flops,
                points,
                default,
                default,
                $"{sizes} size{(sizes == 1 ? "" : "s")}: a profile needs {FewestSizes} or more"
            );
        var (n, d) = Designs(points);
        double[] losses = [.. points.Select(o => o.Y)];
        var (overN, overD) = (n.Fit(losses), d.Fit(losses));
        return new(flops, points, overN, overD, WhyNot(n, overN, "sizes") ?? WhyNot(d, overD, "tokens"));
    }

    internal static (ParabolaDesign N, ParabolaDesign D) Designs(IReadOnlyList<Observation> points)
    {
        double[] weights = [.. points.Select(o => o.Weight)];
        return (new([.. points.Select(o => o.LogN)], weights), new([.. points.Select(o => o.LogD)], weights));
    }

    /// <summary>Why a parabola has no optimum among its points, or null.</summary>
    private static string? WhyNot(ParabolaDesign design, Parabola fitted, string measured) =>
        design.HoldsVertex(fitted) ? null
        : fitted.Curvature > 0 ? $"the vertex lies outside the {measured} measured"
        : $"the parabola over {measured} opens downwards";

    private static List<Observation> Merged(IReadOnlyList<Observation> rows) =>
        [
            .. rows.GroupBy(o => (o.Cluster, o.N, o.D))
                .Select(g =>
                    g.First() with
                    {
                        Y = g.Sum(o => o.Weight * o.Y) / g.Sum(o => o.Weight),
                        Weight = g.Average(o => o.Weight),
                    }
                ),
        ];
}
