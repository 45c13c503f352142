using LinearScaling.Laws.Forms;
using MathNet.Numerics.LinearAlgebra;

namespace LinearScaling.Laws;

/// <summary>A form fitted to points from many starts: coefficients and certificate. Intervals come from <see cref="Bootstrap"/>.</summary>
/// <param name="Coefficients">In the form's order, natural units.</param>
/// <param name="P">The same in fit space.</param>
/// <param name="Objective">The minimised sum.</param>
/// <param name="RSquared">Share of the variance explained, in the residuals' space.</param>
public sealed record ParametricFit(FitProblem Problem, double[] Coefficients, double[] P, double Objective, double RSquared, Certificate Certificate)
{
    public const int DefaultStarts = 500;

    private const int polished = 32;

    public LawForm Form => Problem.Form;

    public double this[string name] => Coefficients[Form.Parameters.ToList().FindIndex(q => q.Name == name)];

    public static ParametricFit Of(LawForm form, IReadOnlyList<Observation> points, FitLoss? loss = null, int starts = DefaultStarts, int seed = 0)
    {
        var problem = new FitProblem(form, points, loss ?? form.DefaultLoss);
        if (points.Count < form.Parameters.Count)
            throw new LinearScalingException($"{form.Name} has {form.Parameters.Count} parameters: {points.Count} point{(points.Count == 1 ? "" : "s")} cannot determine them");

        // Most starts only have to show where they lead; the best are followed to the end.
        var rough = new Minimizer(problem);
        var found = new Minimum[starts];
        var origins = Starts(problem, starts, seed);
        Parallel.For(0, starts, i => found[i] = rough.Descend(origins[i], 60, 1e-6));
        Array.Sort(found, (a, b) => a.Objective.CompareTo(b.Objective));
        var ends = new Minimum[Math.Min(polished, starts)];
        Parallel.For(0, ends.Length, i => ends[i] = rough.Polish(rough.Descend(found[i].P, 400, 1e-15)));
        Array.Sort(ends, (a, b) => a.Objective.CompareTo(b.Objective));

        var (best, bounds) = Bounded(problem, ends[0]);
        var p = form.Canonical(best.P);
        best = new(p, problem.Evaluate(p));
        return new(problem, form.FromFitSpace(p), p, best.Objective, Explained(problem, p), Certify(problem, best, bounds, found, ends));
    }

    /// <summary>The metric predicted for a point; fields that the form does not use may be NaN.</summary>
    public double Predict(in Observation o) => Form.Predict(Coefficients, o);

    private static double[][] Starts(FitProblem problem, int count, int seed)
    {
        var summary = DataSummary.Of(problem.Points);
        var random = new SeededRandom(seed);
        var starts = new double[count][];
        Span<double> u = stackalloc double[problem.Dimension];
        for (var i = 0; i < count; i++)
        {
            for (var k = 0; k < u.Length; k++)
                u[k] = random.Uniform();
            starts[i] = problem.Form.Start(u, summary);
        }
        if (problem.Form is Chinchilla && VariableProjection.Fit(problem.Points, problem.Loss.Log).Coefficients is var projected && Array.TrueForAll(projected, c => c > 0))
            starts[0] = problem.Form.ToFitSpace(projected);
        return starts;
    }

    /// <summary>Parameters outside their bounds are held at them and the others fitted anew, until none is outside.</summary>
    /// <remarks>One at a time, exponents first: the constant of a term whose exponent ran away comes back with it.</remarks>
    private static (Minimum Best, List<string> Hit) Bounded(FitProblem problem, Minimum best)
    {
        var parameters = problem.Form.Parameters;
        var held = new bool[parameters.Count];
        while (true)
        {
            var inside = best.P.Select((v, k) => parameters[k] is var q && q.LogScale ? Math.Clamp(v, q.Low > 0 ? Math.Log(q.Low) : -200, Math.Log(q.High)) : Math.Clamp(v, q.Low, q.High)).ToArray();
            var outside = Enumerable.Range(0, held.Length).Where(k => !held[k] && best.P[k] != inside[k]).OrderBy(k => parameters[k].LogScale).ToList();
            if (outside.Count == 0)
                return (best, [.. parameters.Where((_, k) => held[k]).Select(q => q.Name)]);
            var p = (double[])best.P.Clone();
            p[outside[0]] = inside[outside[0]];
            held[outside[0]] = true;
            var minimizer = new Minimizer(problem, held);
            best = minimizer.Polish(minimizer.Descend(minimizer.Follow(best.P, p), 400, 1e-15));
        }
    }

    private static double Explained(FitProblem problem, double[] p)
    {
        var y = problem.Points.Select(o => problem.Loss.Log ? o.LogY : o.Y).ToList();
        var mean = y.Average();
        var total = y.Sum(v => (v - mean) * (v - mean));
        return total > 0 ? 1 - problem.Residuals(p).Sum(r => r * r) / total : 1;
    }

    private static Certificate Certify(FitProblem problem, Minimum best, List<string> bounds, Minimum[] found, Minimum[] ends)
    {
        var gradient = new double[problem.Dimension];
        problem.Evaluate(best.P, gradient);
        var held = problem.Form.Parameters.Select(q => bounds.Contains(q.Name)).ToArray();
        var (hessian, whitened, _) = new Minimizer(problem, held).WhitenedHessian(best.P);
        var promised = whitened.Length == 0 ? 0 : Vector<double>.Build.Dense(SmallMatrix.Solve(SmallMatrix.Cholesky(hessian), whitened)) * Vector<double>.Build.Dense(whitened) / 2;
        var agreeing = ends.Where(e => e.Objective <= ends[0].Objective * (1 + 1e-6) + 1e-28).ToList();
        var canonical = agreeing.ConvertAll(e => problem.Form.Canonical(e.P));
        double? gap = null;
        if (problem.Form is Chinchilla && problem.Loss is { Delta: null, Log: false })
            gap = best.Objective / VariableProjection.Fit(problem.Points, relative: false).ResidualSquares - 1;
        return new(
            found.Length,
            found.Count(f => f.Objective <= ends[0].Objective * 1.01 + 1e-20),
            ends.Length,
            agreeing.Count,
            Enumerable.Range(0, problem.Dimension).Max(k => canonical.Max(c => c[k]) - canonical.Min(c => c[k])),
            gradient.Where((_, k) => !held[k]).Select(Math.Abs).DefaultIfEmpty(0).Max(),
            best.Objective > 0 ? Math.Abs(promised) / best.Objective : 0,
            Condition(new Minimizer(problem).GaussNewton(best.P)),
            bounds,
            gap);
    }

    private static double Condition(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        // Two roots, since the product of two small curvatures may be 0.
        var scaled = Matrix<double>.Build.Dense(n, n, (i, j) => matrix[i, i] > 0 && matrix[j, j] > 0 ? matrix[i, j] / Math.Sqrt(matrix[i, i]) / Math.Sqrt(matrix[j, j]) : i == j ? 1 : 0);
        var values = scaled.Evd(Symmetricity.Symmetric).EigenValues.Select(v => v.Real).ToList();
        return values.Min() > 0 ? values.Max() / values.Min() : double.PositiveInfinity;
    }
}
