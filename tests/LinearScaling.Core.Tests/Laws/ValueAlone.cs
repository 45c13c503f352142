using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>A form of which nothing but its value is known, so that what knows more can be compared with it.</summary>
internal sealed record ValueAlone(LawForm Inner) : LawForm
{
    public override string Equation => Inner.Equation;

    public override IReadOnlyList<FormParameter> Parameters => Inner.Parameters;

    public override bool OfNAndD => Inner.OfNAndD;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient) =>
        Inner.Value(p, o, gradient);

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data) => Inner.Start(u, data);
}
