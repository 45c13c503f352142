using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Laws.Forms;

/// <summary>L = L0 + A S1^-alpha - C S2, with S1 the sum of the learning rates and S2 the annealing area: the loss
/// along a run of one model by its schedule (Tissue et al., arXiv 2408.11029, eq. 1).</summary>
/// <remarks>S2 sums a momentum that gains each fall of the rate and keeps 0.999 of itself a step; in the warm-up the
/// rate counts as its peak, as in the authors' code.</remarks>
public sealed record Annealing : LawForm
{
    public override string Equation =>
        "L(t) = L0 + A S1(t)^-alpha - C S2(t), S1(t) = sum of lr up to step t, S2(t) = sum of m up to step t, "
        + "m_i = 0.999 m_(i-1) + lr_(i-1) - lr_i, lr at its peak in the warm-up";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("L0", "irreducible loss of this size, in the metric's unit", true, 1e-3, double.PositiveInfinity),
        new("A", "loss where the learning rates sum to 1, in the metric's unit", true, 0, double.PositiveInfinity),
        new("alpha", "exponent of the sum of the rates", false, 1e-3, 3, Exponent: true),
        new("C", "loss that an annealing area of 1 saves", true, 0, double.PositiveInfinity),
    ];

    public override bool OfNAndD => false;

    public override bool OfX => false;

    public override bool OfSchedule => true;

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var s = o.Schedule!;
        gradient[0] = Math.Exp(p[0]);
        gradient[1] = Math.Exp(p[1] - p[2] * s.LogFlatSum);
        gradient[2] = -gradient[1] * s.LogFlatSum;
        gradient[3] = -Math.Exp(p[3]) * s.AnnealingArea;
        return gradient[0] + gradient[1] + gradient[3];
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var alpha = Between(0.1, 1.2, u[2]);
        var e = data.MinY * Between(0.3, 0.98, u[0]);
        var rest = Math.Max(data.MeanY - e, 0.02 * data.MeanY);
        var logSum = data.Points.Average(o => o.Schedule!.LogFlatSum);
        var area = Math.Max(data.Points.Max(o => o.Schedule!.AnnealingArea), 1e-30);
        return
        [
            Math.Log(e),
            Math.Log(rest) + alpha * logSum + Between(-1, 0.5, u[1]),
            alpha,
            Math.Log(data.MinY * Between(0.005, 0.1, u[3]) / area),
        ];
    }

    internal override IEnumerable<Caution> Cautions(ParametricFit fit, Bootstrap? bootstrap) =>
        ScheduleCautions.Check(fit.Problem.Points);
}
