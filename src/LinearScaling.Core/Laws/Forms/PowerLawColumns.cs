using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>y = coefficient times a power of each of any columns: learning rates and batch sizes by N, D or C, as in
/// DeepSeek-AI, arXiv 2401.02954, and Li et al., arXiv 2503.04715.</summary>
public sealed record PowerLawColumns : ColumnForm
{
    public override string Equation =>
        Columns.Count == 0
            ? "y = coefficient x_1^exponent_1 x_2^exponent_2 ..."
            : "y = coefficient" + string.Concat(Columns.Select(c => $" {c}^exponent_{c}"));

    public override FitLoss DefaultLoss => FitLoss.LogSquared;

    internal override bool KnowsCurvature => true;

    protected override IEnumerable<FormParameter> ParametersOf(IReadOnlyList<string> columns) =>
        columns
            .Select(c => new FormParameter(
                $"exponent_{c}",
                $"exponent of {c}: slope in log-log",
                false,
                -10,
                10,
                Exponent: true
            ))
            .Prepend(new("coefficient", "value where every column is 1", true, 0, double.PositiveInfinity));

    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var log = p[0];
        for (var k = 1; k < p.Length; k++)
            log += p[k] * o.LogOthers[k - 1];
        var y = gradient[0] = Math.Exp(log);
        for (var k = 1; k < p.Length; k++)
            gradient[k] = y * o.LogOthers[k - 1];
        return y;
    }

    /// <remarks>The exponential of a linear function of the parameters.</remarks>
    internal override void AddCurvature(in Observation o, ReadOnlySpan<double> gradient, double factor, double[,] sums)
    {
        for (var j = 0; j < gradient.Length; j++)
        for (var k = 0; k <= j; k++)
            sums[j, k] += factor * gradient[j] * (k == 0 ? 1 : o.LogOthers[k - 1]);
    }

    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var start = new double[u.Length];
        start[0] = Math.Log(data.MeanY) + Between(-1, 1, u[0]);
        for (var k = 1; k < u.Length; k++)
        {
            start[k] = Between(-1, 1, u[k]);
            start[0] -= start[k] * data.MeanLogOthers[k - 1];
        }
        return start;
    }
}
