using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>A form, data and a loss: the sum to be minimised over the form's parameters in fit space, with its analytic
/// gradient.</summary>
public sealed class FitProblem(LawForm form, IReadOnlyList<Observation> points, FitLoss loss)
{
    private readonly Observation[] data = [.. points];

    public LawForm Form { get; } = form;

    public IReadOnlyList<Observation> Points => data;

    public FitLoss Loss { get; } = loss;

    public int Dimension => Form.Parameters.Count;

    /// <summary>The form's bounds in fit space, a logarithm's none beyond e^-200 and e^200: what lies further is 0, or
    /// no number for long.</summary>
    public IReadOnlyList<(double Low, double High)> Bounds { get; } =
    [
        .. form.Parameters.Select(q =>
            q.LogScale ? (q.Low > 0 ? Math.Log(q.Low) : -200, Math.Min(Math.Log(q.High), 200)) : (q.Low, q.High)
        ),
    ];

    public bool Within(ReadOnlySpan<double> p)
    {
        for (var k = 0; k < p.Length; k++)
            if (!(p[k] >= Bounds[k].Low && p[k] <= Bounds[k].High))
                return false;
        return true;
    }

    /// <returns>The objective at <paramref name="p"/>, +infinity where the form has no value there.</returns>
    public double Evaluate(ReadOnlySpan<double> p, Span<double> gradient)
    {
        Span<double> inner = stackalloc double[p.Length];
        gradient.Clear();
        var sum = 0.0;
        for (var i = 0; i < data.Length; i++)
        {
            ref readonly var o = ref data[i];
            var f = Form.Value(p, o, inner);
            var r = Loss.Log ? o.LogY - Math.Log(f) : o.Y - f;
            if (!double.IsFinite(r))
                return double.PositiveInfinity;
            var (value, slope) = Loss.Evaluate(r);
            sum += o.Weight * value;
            var factor = -o.Weight * slope / (Loss.Log ? f : 1);
            for (var k = 0; k < inner.Length; k++)
                gradient[k] += factor * inner[k];
        }
        return double.IsFinite(sum) ? sum : double.PositiveInfinity;
    }

    public double Evaluate(ReadOnlySpan<double> p)
    {
        Span<double> gradient = stackalloc double[p.Length];
        return Evaluate(p, gradient);
    }

    /// <summary>y - f, or ln y - ln f, of every point.</summary>
    public double[] Residuals(ReadOnlySpan<double> p)
    {
        Span<double> inner = stackalloc double[p.Length];
        var residuals = new double[data.Length];
        for (var i = 0; i < data.Length; i++)
        {
            var f = Form.Value(p, data[i], inner);
            residuals[i] = Loss.Log ? data[i].LogY - Math.Log(f) : data[i].Y - f;
        }
        return residuals;
    }
}
