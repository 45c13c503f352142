using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>A profile's losses over ln N, or over ln D, as the bootstrap reads them: errors are a share of the loss,
/// with a variance of one over the point's weight.</summary>
internal sealed class ProfileSide
{
    private readonly double[] fitted;
    private readonly double[] roots; // of the weights

    public ProfileSide(ParabolaDesign design, IReadOnlyList<Observation> points)
    {
        Design = design;
        Losses = [.. points.Select(o => o.Y)];
        roots = [.. points.Select(o => Math.Sqrt(o.Weight))];
        var curve = design.Fit(Losses);
        fitted = [.. design.X.Select(curve.At)];
        Residuals =
        [
            .. Losses.Select(
                (y, i) => roots[i] * (y / fitted[i] - 1) / Math.Sqrt(Math.Max(1 - design.Leverages[i], 0.05))
            ),
        ];
    }

    public ParabolaDesign Design { get; }

    public double[] Losses { get; }

    /// <summary>Errors of weight 1, as the points would show them if they did not pull the curve to
    /// themselves.</summary>
    public double[] Residuals { get; }

    /// <summary>A point's loss, had it that residual.</summary>
    public double With(int point, double residual) => fitted[point] * (1 + residual / roots[point]);
}
