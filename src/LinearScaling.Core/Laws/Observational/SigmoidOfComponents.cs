using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Observational;

/// <summary>y = floor + (1 - floor) / (1 + exp(-(intercept + w1 s1 + w2 s2 + ...))) of a model's components, which a
/// point carries in <see cref="Observation.Others"/> (arXiv 2405.10938; in its authors' code the parametric sigmoid of
/// fixed height).</summary>
/// <param name="Spread">Standard deviation of each component, by which starts are placed.</param>
/// <param name="Chance">The floor where it is known, as 0.25 for four choices; null fits it, from 0 to
/// <see cref="HighestFloor"/>.</param>
internal sealed record SigmoidOfComponents(IReadOnlyList<double> Spread, double? Chance) : LawForm
{
    /// <summary>The authors' bound.</summary>
    public const double HighestFloor = 0.2;

    private readonly int first = Chance is null ? 1 : 0;

    public override string Equation => "y = floor + (1 - floor) / (1 + exp(-(intercept + sum of w_k s_k)))";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        .. Chance is null
            ? new[] { new FormParameter("floor", "value far below (chance)", false, 0, HighestFloor) }
            : [],
        new("intercept", "at the mean of all components", false, -1e3, 1e3),
        .. Spread.Select((_, k) => new FormParameter($"w{k + 1}", $"weight of component {k + 1}", false, -1e4, 1e4)),
    ];

    public override bool OfNAndD => false;

    public override bool OfX => false;

    public override bool TakesLogOfX => false;

    public override bool Positive => false;

    public override FitLoss DefaultLoss => FitLoss.Squared;

    /// <remarks>Where the floor is fitted too, its derivative tells the sigmoid from its mirror image.</remarks>
    internal override bool KnowsCurvature => first == 1;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var floor = Chance ?? p[0];
        var t = p[first];
        for (var k = 0; k < Spread.Count; k++)
            t += p[first + 1 + k] * o.Others[k];
        var s = 1 / (1 + Math.Exp(-t));
        if (first == 1)
            gradient[0] = 1 - s;
        gradient[first] = (1 - floor) * s * (1 - s);
        for (var k = 0; k < Spread.Count; k++)
            gradient[first + 1 + k] = gradient[first] * o.Others[k];
        return floor + (1 - floor) * s;
    }

    internal override void AddCurvature(in Observation o, ReadOnlySpan<double> gradient, double factor, double[,] sums)
    {
        var (rest, slope) = (gradient[0], gradient[1]); // 1 - s, and (1 - floor) s (1 - s)
        var bend = factor * slope * (2 * rest - 1);
        for (var j = 1; j < gradient.Length; j++)
        {
            var outer = j == 1 ? 1 : o.Others[j - 2];
            for (var k = 1; k <= j; k++)
                sums[j, k] += bend * outer * (k == 1 ? 1 : o.Others[k - 2]);
            sums[j, 0] -= factor * rest * (1 - rest) * outer;
        }
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var start = new double[Parameters.Count];
        if (first == 1)
            start[0] = HighestFloor * u[0];
        var share = Math.Clamp(data.MeanY, 0.02, 0.98);
        start[first] = Math.Log(share / (1 - share)) + Between(-2, 2, u[first]);
        for (var k = 0; k < Spread.Count; k++)
            start[first + 1 + k] = Between(-3, 3, u[first + 1 + k]) / Math.Max(Spread[k], 1e-9);
        return start;
    }
}
