using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>A form, data and a loss: the sum to be minimised over the form's parameters in fit space, with its analytic
/// gradient.</summary>
/// <param name="fixed">Coefficients that are given, in natural units, and not fitted.</param>
public sealed class FitProblem(
    LawForm form,
    IReadOnlyList<Observation> points,
    FitLoss loss,
    IReadOnlyDictionary<string, double>? @fixed = null
)
{
    // Optimised when first called: most of a fit is over by the time the runtime would see that these loops pay.
    private const MethodImplOptions Hot = MethodImplOptions.AggressiveOptimization;

    private readonly Observation[] data = [.. points];

    public LawForm Form { get; } = form;

    public IReadOnlyList<Observation> Points => data;

    public FitLoss Loss { get; } = loss;

    public int Dimension => Form.Parameters.Count;

    /// <summary>Coefficients that are given and not fitted.</summary>
    public IReadOnlyDictionary<string, double> Fixed { get; } = @fixed ?? ReadOnlyDictionary<string, double>.Empty;

    /// <summary>How many parameters are fitted: what counts as degrees of freedom.</summary>
    public int FreeParameters => Dimension - Fixed.Count;

    /// <summary>The form's bounds in fit space, a logarithm's none beyond e^-200 and e^200: what lies further is 0, or
    /// no number for long. Both are the value where a coefficient is given.</summary>
    public IReadOnlyList<(double Low, double High)> Bounds { get; } =
    [
        .. form.Parameters.Select(q =>
            @fixed is not null && @fixed.TryGetValue(q.Name, out var given)
                ? q.LogScale
                    ? (Math.Max(Math.Log(given), -200), Math.Max(Math.Log(given), -200))
                    : (given, given)
                : q.LogScale
                    ? (q.Low > 0 ? Math.Log(q.Low) : -200, Math.Min(Math.Log(q.High), 200))
                    : (q.Low, q.High)
        ),
    ];

    /// <summary>The same with other points.</summary>
    internal FitProblem With(IReadOnlyList<Observation> points) => new(Form, points, Loss, Fixed);

    /// <summary>The same with another loss.</summary>
    internal FitProblem With(FitLoss loss) => new(Form, data, loss, Fixed);

    internal bool IsFixed(int k) => Fixed.Count > 0 && Fixed.ContainsKey(Form.Parameters[k].Name);

    /// <summary>Sets what is given.</summary>
    internal double[] Settle(double[] p)
    {
        for (var k = 0; k < p.Length; k++)
            if (IsFixed(k))
                p[k] = Bounds[k].Low;
        return p;
    }

    /// <summary>The one of several equal parameter sets by which a fit is reported. What is given already tells them
    /// apart.</summary>
    internal double[] Canonical(double[] p) => Fixed.Count == 0 ? Form.Canonical(p) : p;

    /// <summary>Coefficients in natural units, what is given to the last digit.</summary>
    internal double[] Coefficients(double[] p)
    {
        var coefficients = Form.FromFitSpace(p);
        for (var k = 0; k < p.Length; k++)
            if (IsFixed(k))
                coefficients[k] = Fixed[Form.Parameters[k].Name];
        return coefficients;
    }

    public bool Within(ReadOnlySpan<double> p)
    {
        for (var k = 0; k < p.Length; k++)
            if (!(p[k] >= Bounds[k].Low && p[k] <= Bounds[k].High))
                return false;
        return true;
    }

    /// <returns>The objective at <paramref name="p"/>, +infinity where the form has no value there.</returns>
    [MethodImpl(Hot)]
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

    /// <summary>First and second derivatives of the objective at <paramref name="p"/>.</summary>
    /// <param name="gradient">Receives the first.</param>
    /// <returns>J^T W J, with the weights by which Huber's loss discounts far points, and the whole Hessian, null where
    /// the form does not know its own curvature.</returns>
    [MethodImpl(Hot)]
    internal (double[,] GaussNewton, double[,]? Hessian) Curvature(ReadOnlySpan<double> p, Span<double> gradient)
    {
        var near = new double[p.Length, p.Length];
        var whole = Form.KnowsCurvature ? new double[p.Length, p.Length] : null;
        Span<double> inner = stackalloc double[p.Length];
        Span<double> row = stackalloc double[p.Length];
        gradient.Clear();
        foreach (ref readonly var o in data.AsSpan())
        {
            var f = Form.Value(p, o, inner);
            var r = Loss.Log ? o.LogY - Math.Log(f) : o.Y - f;
            var ((_, slope), (second, square)) = (Loss.Evaluate(r), Loss.Curvature(r));
            if (!double.IsFinite(o.Weight * square))
                continue;
            var scale = Loss.Log ? f : 1;
            var factor = -o.Weight * slope / scale;
            for (var k = 0; k < row.Length; k++)
            {
                gradient[k] += factor * inner[k];
                row[k] = inner[k] / scale;
            }
            Add(near, o.Weight * square, row);
            if (whole is null)
                continue;
            Add(whole, o.Weight * (Loss.Log ? second + slope : second), row); // the logarithm bends too
            Form.AddCurvature(o, inner, factor, whole);
        }
        SmallMatrix.Mirror(near);
        if (whole is not null)
            SmallMatrix.Mirror(whole);
        return (near, whole);
    }

    /// <summary>Every point's part of the first and second derivatives of the objective: weight times slope, weight of
    /// a square with that slope, and the derivatives of the fitted value, or of its logarithm.</summary>
    internal (double Slope, double Square, double[] Derivatives)[] Parts(double[] p) =>
        Array.ConvertAll(
            data,
            o =>
            {
                var derivatives = new double[p.Length];
                var f = Form.Value(p, o, derivatives);
                var r = Loss.Log ? o.LogY - Math.Log(f) : o.Y - f;
                if (Loss.Log)
                    for (var k = 0; k < p.Length; k++)
                        derivatives[k] /= f;
                return (o.Weight * Loss.Evaluate(r).Slope, o.Weight * Loss.Curvature(r).Square, derivatives);
            }
        );

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

    /// <summary>Adds a factor times v v^T, on and below the diagonal.</summary>
    [MethodImpl(Hot)]
    private static void Add(double[,] matrix, double factor, ReadOnlySpan<double> v)
    {
        for (var j = 0; j < v.Length; j++)
        for (var k = 0; k <= j; k++)
            matrix[j, k] += factor * v[j] * v[k];
    }
}
