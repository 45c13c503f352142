namespace LinearScaling.Laws.Points;

/// <summary>One measurement along a run.</summary>
/// <param name="Tokens">Tokens trained on, D.</param>
/// <param name="Flops">Training compute, C, under the fit's convention.</param>
/// <param name="Value">The metric, positive.</param>
/// <param name="Stderr">Its standard error, where one is known.</param>
public sealed record CurvePoint(double Tokens, double Flops, double Value, double? Stderr = null);

/// <summary>One run's metric against compute, after burn-in and smoothing: straight lines in log-log between its
/// points.</summary>
/// <param name="Run">The run's name.</param>
/// <param name="Architecture">Which family it belongs to: one law is fitted per family.</param>
/// <param name="Size">As in <c>--size</c>.</param>
/// <param name="N">Parameters, non-embedding.</param>
/// <param name="FlopsPerToken">Training FLOPs per token under the fit's convention.</param>
/// <param name="Points">At least two, by rising compute.</param>
public sealed record LossCurve(
    string Run,
    string Architecture,
    string Size,
    double N,
    double FlopsPerToken,
    IReadOnlyList<CurvePoint> Points
)
{
    public double FirstFlops => Points[0].Flops;

    public double LastFlops => Points[^1].Flops;

    public bool Covers(double flops) => flops >= FirstFlops * (1 - 1e-12) && flops <= LastFlops * (1 + 1e-12);

    /// <summary>ln of the metric at <paramref name="flops"/>, which the curve covers.</summary>
    public double LogValue(double flops)
    {
        var right = 1;
        while (right < Points.Count - 1 && Points[right].Flops < flops)
            right++;
        var (a, b) = (Points[right - 1], Points[right]);
        var t = Math.Clamp(Math.Log(flops / a.Flops) / Math.Log(b.Flops / a.Flops), 0, 1);
        return Math.Log(a.Value) + t * Math.Log(b.Value / a.Value);
    }
}
