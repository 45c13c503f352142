using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;
using MathNet.Numerics.LinearAlgebra;

namespace LinearScaling.Laws.Parametric;

/// <summary>A form fitted to points from many starts: coefficients and certificate. Intervals come from
/// <see cref="Bootstrap"/>.</summary>
/// <param name="Coefficients">In the form's order, natural units.</param>
/// <param name="P">The same in fit space.</param>
/// <param name="Objective">The minimised sum.</param>
/// <param name="RSquared">Share of the variance explained, in the residuals' space.</param>
public sealed record ParametricFit(
    FitProblem Problem,
    double[] Coefficients,
    double[] P,
    double Objective,
    double RSquared,
    Certificate Certificate
)
{
    public const int DefaultStarts = 500;

    private const int Polished = 32;

    /// <summary>Starts of a fit to other points of the same law, and how many are followed to the end: it begins beside
    /// what it looks for, and gives no certificate.</summary>
    private const int RefitStarts = 32,
        RefitPolished = 8;

    public LawForm Form => Problem.Form;

    public double this[string name] => Coefficients[Form.Parameters.ToList().FindIndex(q => q.Name == name)];

    public static ParametricFit Fit(
        LawForm form,
        IReadOnlyList<Observation> points,
        FitLoss? loss = null,
        int starts = DefaultStarts,
        int seed = 0,
        IReadOnlyDictionary<string, double>? @fixed = null
    )
    {
        var problem = new FitProblem(form, points, loss ?? form.DefaultLoss, @fixed);
        return Fit(problem, Starts(problem, starts, seed), Polished);
    }

    private static ParametricFit Fit(FitProblem problem, double[][] origins, int polished)
    {
        var free = new Minimizer(problem);
        var (found, ends) = Search(
            origins,
            polished,
            p => free.Descend(p, 60, 1e-6),
            p => free.Polish(free.Descend(p, 400, 1e-15))
        );
        if (!problem.Within(ends[0].P))
            (found, ends) = Search(
                origins,
                polished,
                p => Minimizer.Inside(problem, p, 60, 1e-6),
                p => Minimizer.Inside(problem, p, 400, 1e-15)
            );
        if (!double.IsFinite(ends[0].Objective))
            throw LawMistakes.NoValue(problem.Form.Name, problem.Fixed);
        var best = problem.Canonical(ends[0].P);
        return new(
            problem,
            problem.Coefficients(best),
            best,
            problem.Evaluate(best),
            Explained(problem, best),
            Certify(problem, best, found, ends)
        );
    }

    /// <summary>The same form, loss and fixed coefficients, fitted to other points.</summary>
    internal ParametricFit Again(IReadOnlyList<Observation> points)
    {
        var problem = new FitProblem(Form, points, Problem.Loss, Problem.Fixed);
        return Fit(problem, [problem.Settle(P), .. Starts(problem, RefitStarts, 0)], RefitPolished);
    }

    /// <summary>The metric predicted for a point; fields that the form does not use may be NaN.</summary>
    public double Predict(in Observation o) => Form.Predict(Coefficients, o);

    private static double[][] Starts(FitProblem problem, int count, int seed)
    {
        var summary = DataSummary.Summarize(problem.Points);
        var random = new SeededRandom(seed);
        var starts = new double[count][];
        Span<double> u = stackalloc double[problem.Dimension];
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < u.Length; k++)
                u[k] = random.Uniform();
            starts[i] = problem.Form.Start(u, summary);
        }
        if (
            problem.Form.LeastSquares(problem.Points, relative: problem.Loss.Log) is { } known
            && problem.Form.ToFitSpace(known.Coefficients) is var start
            && Array.TrueForAll(start, double.IsFinite) // a constant of 0 has no logarithm
        )
            starts[0] = start;
        return Array.ConvertAll(starts, problem.Settle);
    }

    /// <summary>Most starts run only far enough to be ranked; the best are followed to the end.</summary>
    private static (Minimum[] Found, Minimum[] Ends) Search(
        double[][] origins,
        int polished,
        Func<double[], Minimum> show,
        Func<double[], Minimum> follow
    )
    {
        var found = new Minimum[origins.Length];
        Parallel.For(0, found.Length, i => found[i] = show(origins[i]));
        Array.Sort(found, (a, b) => a.Objective.CompareTo(b.Objective));
        var ends = new Minimum[Math.Min(polished, found.Length)];
        Parallel.For(0, ends.Length, i => ends[i] = follow(found[i].P));
        Array.Sort(ends, (a, b) => a.Objective.CompareTo(b.Objective));
        return (found, ends);
    }

    internal static double Explained(FitProblem problem, double[] p)
    {
        var y = problem.Points.Select(o => problem.Loss.Log ? o.LogY : o.Y).ToList();
        var mean = y.Average();
        var (total, rest) = (y.Sum(v => (v - mean) * (v - mean)), problem.Residuals(p).Sum(r => r * r));
        var rounding = 1e-24 * (problem.Loss.Log ? y.Count : y.Sum(v => v * v));
        return total > rounding ? 1 - rest / total
            : rest > rounding ? 0
            : 1; // of no variance, a fit explains all or nothing
    }

    private static Certificate Certify(FitProblem problem, double[] best, Minimum[] found, Minimum[] ends)
    {
        var gradient = new double[problem.Dimension];
        var objective = problem.Evaluate(best, gradient);
        var held = best.Select((v, k) => v <= problem.Bounds[k].Low || v >= problem.Bounds[k].High).ToArray();
        var (hessian, whitened, _) = new Minimizer(problem, held).WhitenedHessian(best);
        var steepest = gradient.Where((_, k) => !held[k]).Select(Math.Abs).DefaultIfEmpty(0).Max();
        var promised =
            steepest == 0
                ? 0
                : Vector<double>.Build.Dense(SmallMatrix.Solve(SmallMatrix.Cholesky(hessian), whitened))
                    * Vector<double>.Build.Dense(whitened)
                    / 2;
        var agreeing = ends.Where(e => e.Objective <= ends[0].Objective * (1 + 1e-6) + 1e-28).ToList();
        var canonical = agreeing.ConvertAll(e => problem.Canonical(e.P));
        double? gap = null;
        var rounding = 1e-24 * problem.Points.Sum(o => o.Weight * o.Y * o.Y);
        if (
            problem is { Loss: { Delta: null, Log: false, Overestimates: 1 }, Fixed.Count: 0 }
            && problem.Form.LeastSquares(problem.Points, relative: false) is { } other
        )
            gap = objective <= rounding ? 0 : objective / other.ResidualSquares - 1;
        return new(
            found.Length,
            found.Count(f => f.Objective <= ends[0].Objective * 1.01 + 1e-20),
            ends.Length,
            agreeing.Count,
            Enumerable.Range(0, problem.Dimension).Max(k => canonical.Max(c => c[k]) - canonical.Min(c => c[k])),
            steepest,
            objective == 0 ? 0
                : double.IsNaN(promised) ? double.PositiveInfinity
                : Math.Abs(promised) / objective,
            Condition(problem, best),
            [.. problem.Form.Parameters.Where((_, k) => held[k] && !problem.IsFixed(k)).Select(q => q.Name)],
            gap
        );
    }

    private static double Condition(FitProblem problem, double[] p)
    {
        var whole = problem.Curvature(p, new double[p.Length]).GaussNewton;
        int[] free = [.. Enumerable.Range(0, p.Length).Where(k => !problem.IsFixed(k))];
        var n = free.Length;
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++)
        for (var j = 0; j < n; j++)
            matrix[i, j] = whole[free[i], free[j]];
        // Two roots, since the product of two small curvatures may be 0.
        var scaled = new double[n, n];
        for (var i = 0; i < n; i++)
        for (var j = 0; j < n; j++)
            scaled[i, j] =
                matrix[i, i] > 0 && matrix[j, j] > 0 ? matrix[i, j] / Math.Sqrt(matrix[i, i]) / Math.Sqrt(matrix[j, j])
                : i == j ? 1
                : 0;
        var values = SymmetricEigen.Decompose(scaled).Values;
        return values[^1] > 0 ? values[0] / values[^1] : double.PositiveInfinity;
    }
}
