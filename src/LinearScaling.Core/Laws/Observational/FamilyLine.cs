using LinearScaling.Laws.Numerics;
using MathNet.Numerics.Distributions;

namespace LinearScaling.Laws.Observational;

/// <summary>A capability of a family's models against their training compute: a line in log10 of the FLOPs, by least
/// squares (arXiv 2405.10938).</summary>
/// <param name="Models">How many it stands on: three or more of known compute.</param>
/// <param name="Slope">Gain of capability with ten times the compute.</param>
/// <param name="Intercept">At 1 FLOP: far outside the models, as in any such formula.</param>
/// <param name="RSquared">Share of the variance that it explains.</param>
/// <param name="ResidualStd">Of the capability, with two degrees of freedom less than models.</param>
/// <param name="Center">Mean of log10 C.</param>
/// <param name="Square">Sum of squared distances of log10 C from its mean.</param>
/// <param name="FromFlops">Least compute of its models.</param>
/// <param name="ToFlops">Most.</param>
public sealed record FamilyLine(
    string Family,
    int Models,
    double Slope,
    double Intercept,
    double RSquared,
    double ResidualStd,
    double Center,
    double Square,
    double FromFlops,
    double ToFlops
)
{
    public const int FewestModels = 3;

    /// <summary>Null with fewer than three models of known compute, or all of the same.</summary>
    public static FamilyLine? Fit(string family, IReadOnlyList<(double Flops, double Capability)> models)
    {
        var known = models.Where(m => double.IsFinite(m.Flops)).ToList();
        if (known.Count < FewestModels)
            return null;
        var line = StraightLine.Fit([.. known.Select(m => Math.Log10(m.Flops))], [.. known.Select(m => m.Capability)]);
        if (!(line.XX > 1e-12))
            return null;
        return new(
            family,
            known.Count,
            line.Slope,
            line.Intercept,
            line.RSquared,
            Math.Sqrt(line.Rest / (known.Count - 2)),
            line.MeanX,
            line.XX,
            known.Min(m => m.Flops),
            known.Max(m => m.Flops)
        );
    }

    public double At(double flops) => Intercept + Slope * Math.Log10(flops);

    /// <summary>95 % of the line at a compute, by Student's t; as each draw has it.</summary>
    public Interval MeanInterval(double flops)
    {
        var off = Math.Log10(flops) - Center;
        var spread =
            StudentT.InvCDF(0, 1, Models - 2, 0.975) * ResidualStd * Math.Sqrt(1.0 / Models + off * off / Square);
        return new(At(flops) - spread, At(flops) + spread);
    }

    /// <summary>The compute at which the family reaches a capability, in log10 of FLOPs.</summary>
    public double LogFlopsFor(double capability) => (capability - Intercept) / Slope;

    /// <summary>Whether it reaches a capability between its own models, without extrapolation.</summary>
    public bool Spans(double capability) => SpansFlops(LogFlopsFor(capability));

    /// <summary>Whether log10 of some FLOPs lies between those of its models.</summary>
    public bool SpansFlops(double logFlops) => logFlops >= Math.Log10(FromFlops) && logFlops <= Math.Log10(ToFlops);

    /// <summary>A line drawn from the distribution of what the models leave open: normal errors of unknown size, so
    /// Student's t with two degrees of freedom less than models.</summary>
    /// <remarks>To resample three or five models would give too narrow intervals, and often no line.</remarks>
    internal FamilyLine Draw(SeededRandom random)
    {
        var squares = 0.0;
        for (var k = 0; k < Models - 2; k++)
            squares += Math.Pow(random.Normal(), 2);
        var scale = ResidualStd * Math.Sqrt((Models - 2) / squares);
        var slope = Slope + scale * random.Normal() / Math.Sqrt(Square);
        var middle = Intercept + Slope * Center + scale * random.Normal() / Math.Sqrt(Models);
        return this with { Slope = slope, Intercept = middle - slope * Center };
    }
}
