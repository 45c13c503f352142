using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = E + S / (1 + (x / x0)^a): a rational function of a power, for perplexities, which start flat near the
/// size of the vocabulary and end at an irreducible value.</summary>
public sealed record RationalPower : LawForm
{
    public override string Equation => "y = E + S / (1 + (x / x0)^a)";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("E", "irreducible value", true, 1e-6, double.PositiveInfinity),
        new("S", "height above E at small x", true, 0, double.PositiveInfinity),
        new("x0", "where half of S is gone, in the unit of x", true, 0, double.PositiveInfinity),
        new("a", "exponent at large x", true, 1e-3, 10, Exponent: true),
    ];

    public override bool OfNAndD => false;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var (e, s, a) = (Math.Exp(p[0]), Math.Exp(p[1]), Math.Exp(p[3]));
        var share = 1 / (1 + Math.Exp(a * (o.LogX - p[2])));
        var steep = s * share * (1 - share);
        gradient[0] = e;
        gradient[1] = s * share;
        gradient[2] = steep * a;
        gradient[3] = -steep * (o.LogX - p[2]) * a;
        return e + s * share;
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data) =>
        [
            Math.Log(data.MinY * Between(0.1, 0.98, u[0])),
            Math.Log(data.MaxY * Math.Exp(Between(-0.5, 3, u[1]))),
            Math.Log(data.MinX) + (Math.Log(data.MaxX) - Math.Log(data.MinX)) * Between(-0.5, 1, u[2]),
            Between(-2, 1, u[3]),
        ];
}
