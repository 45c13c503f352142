using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>L = E + sum of A_i / x_i^alpha_i over any columns, as width, depth and tokens in McLeish et al., arXiv
/// 2502.06857; over N and D it is <see cref="Chinchilla"/>.</summary>
public sealed record Additive : ColumnForm
{
    public override string Equation =>
        Columns.Count == 0
            ? "L = E + sum of A_i / x_i^alpha_i"
            : "L = E" + string.Concat(Columns.Select(c => $" + A_{c} / {c}^alpha_{c}"));

    internal override bool KnowsCurvature => true;

    protected override IEnumerable<FormParameter> ParametersOf(IReadOnlyList<string> columns) =>
        columns
            .SelectMany(c =>
                new FormParameter[]
                {
                    new($"A_{c}", $"loss where {c} is 1, in the metric's unit", true, 0, double.PositiveInfinity),
                    new($"alpha_{c}", $"exponent of {c}", false, 0, 3, Exponent: true),
                }
            )
            .Prepend(new("E", "irreducible loss, in the metric's unit", true, 1e-3, double.PositiveInfinity));

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var sum = gradient[0] = Math.Exp(p[0]);
        for (var k = 1; k < p.Length; k += 2)
        {
            var log = o.LogOthers[k / 2];
            var term = Math.Exp(p[k] - p[k + 1] * log);
            gradient[k] = term;
            gradient[k + 1] = -term * log;
            sum += term;
        }
        return sum;
    }

    /// <remarks>Each term is the exponential of a linear function of the parameters.</remarks>
    internal override void AddCurvature(in Observation o, ReadOnlySpan<double> gradient, double factor, double[,] sums)
    {
        sums[0, 0] += factor * gradient[0];
        for (var k = 1; k < gradient.Length; k += 2)
        {
            sums[k, k] += factor * gradient[k];
            sums[k + 1, k] += factor * gradient[k + 1];
            sums[k + 1, k + 1] -= factor * gradient[k + 1] * o.LogOthers[k / 2];
        }
    }

    /// <summary>Exponents at random, constants such that each term is a sensible part of the mean loss at the data's
    /// centre.</summary>
    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var e = data.MinY * Between(0.1, 0.98, u[0]);
        var rest = Math.Max(data.MeanY - e, 0.02 * data.MeanY);
        var start = new double[u.Length];
        start[0] = Math.Log(e);
        for (var k = 1; k < u.Length; k += 2)
        {
            start[k + 1] = Between(0.05, 1.2, u[k + 1]);
            start[k] = Math.Log(rest * Between(0.1, 0.9, u[k])) + start[k + 1] * data.MeanLogOthers[k / 2];
        }
        return start;
    }
}
