using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = coefficient x^exponent: the study's law (arXiv 2406.16690), without an irreducible term.</summary>
public sealed record PowerLaw : LawForm
{
    public override string Equation => "y = coefficient x^exponent";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("coefficient", "value at x = 1", true, 0, double.PositiveInfinity),
        new("exponent", "slope in log-log", false, -10, 10, Exponent: true),
    ];

    public override bool OfNAndD => false;

    /// <remarks>E = 0, for exponents below 0.</remarks>
    public override Nesting? NestedIn => new("power_law_offset", AtBound: 1);

    public override FitLoss DefaultLoss => FitLoss.LogSquared;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var y = Math.Exp(p[0] + p[1] * o.LogX);
        gradient[0] = y;
        gradient[1] = y * o.LogX;
        return y;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var exponent = Between(-1, 1, u[1]);
        return [Math.Log(data.MeanY) - exponent * data.MeanLogX + Between(-1, 1, u[0]), exponent];
    }
}
