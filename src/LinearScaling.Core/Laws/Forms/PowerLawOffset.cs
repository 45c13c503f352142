using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = E + A / x^alpha: a power law with an irreducible term.</summary>
public sealed record PowerLawOffset : LawForm
{
    public override string Equation => "y = E + A / x^alpha";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("E", "irreducible value", true, 1e-6, double.PositiveInfinity),
        new("A", "reducible value at x = 1", true, 0, double.PositiveInfinity),
        new("alpha", "exponent", false, 0, 5, Exponent: true),
    ];

    public override bool OfNAndD => false;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (e, t) = (Math.Exp(p[0]), Math.Exp(p[1] - p[2] * o.LogX));
        gradient[0] = e;
        gradient[1] = t;
        gradient[2] = -t * o.LogX;
        return e + t;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var alpha = Between(0.01, 1, u[2]);
        var e = data.MinY * Between(0.05, 0.98, u[0]);
        return
        [
            Math.Log(e),
            Math.Log(Math.Max(data.MeanY - e, 0.01 * data.MeanY)) + alpha * data.MeanLogX + Between(-1, 1, u[1]),
            alpha,
        ];
    }
}
