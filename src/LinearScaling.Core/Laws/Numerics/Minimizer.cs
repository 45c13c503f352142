using LinearScaling.Laws.Parametric;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace LinearScaling.Laws.Numerics;

/// <summary>A point found by a minimizer.</summary>
/// <param name="P">Parameters in fit space.</param>
internal sealed record Minimum(double[] P, double Objective);

/// <summary>
/// Minimises a fit problem: MathNet's L-BFGS with analytic gradient in coordinates whitened by the Gauss-Newton matrix
/// of the start, then damped Newton steps to the last digit.
/// </summary>
/// <remarks>
/// In raw coordinates these problems have condition numbers of 1e11 and L-BFGS takes 200 evaluations or stops short;
/// whitened, a few tens. Huber's loss with a small delta is nearly an absolute value, where L-BFGS ends within about
/// 1e-8 of the minimum but not at it: hence Newton.
/// </remarks>
/// <param name="frozen">Which parameters stay at their start, or null for none.</param>
/// <param name="bounded">Whether steps stay within the form's bounds.</param>
internal sealed class Minimizer(FitProblem problem, bool[]? frozen = null, bool bounded = false)
{
    private readonly int[] free =
    [
        .. Enumerable.Range(0, problem.Dimension).Where(k => (frozen is null || !frozen[k]) && !problem.IsFixed(k)),
    ];

    /// <summary>Descends and polishes within the form's bounds: a parameter that meets one is held there, and the
    /// others go on; it is let go where the objective falls away from its bound once they have ended.</summary>
    public static Minimum Inside(
        FitProblem problem,
        double[] start,
        int iterations,
        double progress,
        int polishing = 40
    )
    {
        var frozen = new bool[problem.Dimension];
        var best = new Minimum(
            [.. start.Select((v, k) => Math.Clamp(v, problem.Bounds[k].Low, problem.Bounds[k].High))],
            double.NaN
        );
        var before = double.PositiveInfinity; // the objective at which a bound was last let go
        while (true)
        {
            var minimizer = new Minimizer(problem, frozen, bounded: true);
            best = minimizer.Polish(minimizer.Descend(best.P, iterations, progress), polishing);
            var met = minimizer
                .free.Where(k => best.P[k] <= problem.Bounds[k].Low || best.P[k] >= problem.Bounds[k].High)
                .ToList();
            foreach (var k in met)
                frozen[k] = true;
            if (met.Count > 0)
                continue;
            if (!(best.Objective < before * (1 - 1e-12)) || Leaving(problem, best.P, frozen) is not { } gone)
                return best;
            before = best.Objective;
            frozen[gone] = false;
        }
    }

    /// <summary>The parameter held at a bound from which the objective falls the fastest; null where it falls from
    /// none.</summary>
    private static int? Leaving(FitProblem problem, double[] p, bool[] frozen)
    {
        var held = Enumerable.Range(0, p.Length).Where(k => frozen[k] && !problem.IsFixed(k)).ToList();
        if (held.Count == 0)
            return null;
        var gradient = new double[p.Length];
        problem.Evaluate(p, gradient);
        double Inward(int k) => p[k] <= problem.Bounds[k].Low ? -gradient[k] : gradient[k];
        var steepest = held.MaxBy(Inward);
        return Inward(steepest) > 0 ? steepest : null;
    }

    /// <summary>Where a fit to resampled data ends, from the fit to all of them.</summary>
    /// <remarks>That is so near that Newton steps get there alone and sooner, where the form knows its second
    /// derivatives. What they leave at a bound or short of a minimum goes the longer way.</remarks>
    public static Minimum Near(FitProblem problem, double[] start)
    {
        if (problem.Form.KnowsCurvature && problem.Within(start))
        {
            var minimizer = new Minimizer(problem, bounded: true);
            const double rounding = 1e-15; // what the objective does not show: a millionth of a standard error
            var end = minimizer.Polish(new(start, problem.Evaluate(start)), enough: rounding);
            var (hessian, gradient, _) = minimizer.WhitenedHessian(end.P);
            if (Promise(hessian, gradient) <= rounding * end.Objective)
                return end;
        }
        return Inside(problem, start, 200, 1e-12, 8);
    }

    /// <summary>L-BFGS until the objective stalls at a relative <paramref name="progress"/>.</summary>
    public Minimum Descend(double[] start, int iterations, double progress)
    {
        var best = new Minimum(start, problem.Evaluate(start));
        if (!double.IsFinite(best.Objective) || best.Objective <= 0 || free.Length == 0)
            return best;
        var whitening = SmallMatrix.Cholesky(Free(problem.Curvature(start, new double[problem.Dimension]).GaussNewton));
        var scale = 1 / best.Objective;
        var gradient = new double[problem.Dimension];

        (double, Vector<double>) At(Vector<double> u)
        {
            var p = Moved(start, SmallMatrix.SolveTransposed(whitening, u.AsArray()));
            var value = problem.Evaluate(p, gradient);
            if (!double.IsFinite(value) || (bounded && !problem.Within(p)))
                return (1e100, Vector<double>.Build.Dense(free.Length)); // too far: the line search comes back
            if (value < best.Objective)
                best = new(p, value);
            return (
                value * scale,
                Vector<double>.Build.Dense(
                    SmallMatrix.SolveLower(whitening, Array.ConvertAll(free, k => gradient[k] * scale))
                )
            );
        }

        try
        {
            new LimitedMemoryBfgsMinimizer(1e-12, 1e-13, progress, 8, iterations).FindMinimum(
                ObjectiveFunction.Gradient(At),
                Vector<double>.Build.Dense(free.Length)
            );
        }
        catch (OptimizationException)
        {
            // Out of iterations, or no descent left at this precision: the best point seen stands.
        }
        return best;
    }

    /// <summary>Damped Newton steps until none helps or promises more than <paramref name="enough"/> of the
    /// objective.</summary>
    public Minimum Polish(Minimum from, int iterations = 40, double enough = 0)
    {
        if (free.Length == 0 || !double.IsFinite(from.Objective) || from.Objective <= 0)
            return from;
        var best = from;
        var damping = 1e-6;
        for (var i = 0; i < iterations; i++)
        {
            var (hessian, gradient, whitening) = WhitenedHessian(best.P);
            if (Promise(hessian, gradient) <= enough * best.Objective)
                break;
            var improved = false;
            for (var attempt = 0; attempt < 12 && !improved; attempt++)
            {
                var damped = (double[,])hessian.Clone();
                for (var k = 0; k < free.Length; k++)
                    damped[k, k] += damping;
                var step = SmallMatrix.Solve(SmallMatrix.Cholesky(damped), gradient);
                var p = Moved(best.P, SmallMatrix.SolveTransposed(whitening, Array.ConvertAll(step, s => -s)));
                var met = bounded && !problem.Within(p);
                if (met)
                    p = UpToWall(best.P, p);
                var value = problem.Evaluate(p);
                improved = value < best.Objective;
                if (improved)
                {
                    var gain = (best.Objective - value) / best.Objective;
                    best = new(p, value);
                    damping = Math.Max(damping / 10, 1e-12);
                    if (met || gain < 1e-15)
                        return best;
                }
                else
                    damping *= 10;
            }
            if (!improved)
                break;
        }
        return best;
    }

    /// <summary>Hessian and gradient in whitened coordinates, and the whitening factor L (p = L^-T u). The Hessian of a
    /// form that does not know its curvature is made of differences of the gradient.</summary>
    public (double[,] Hessian, double[] Gradient, double[,] Whitening) WhitenedHessian(double[] p)
    {
        var full = new double[problem.Dimension];
        var (near, known) = problem.Curvature(p, full);
        var whitening = SmallMatrix.Cholesky(Free(near));
        double[] Whitened() => SmallMatrix.SolveLower(whitening, Array.ConvertAll(free, k => full[k]));
        var gradient = Whitened();
        if (known is not null)
            return (SmallMatrix.Whiten(whitening, Free(known)), gradient, whitening);
        double[] Gradient(double[] at)
        {
            problem.Evaluate(at, full);
            return Whitened();
        }
        var n = free.Length;
        var hessian = new double[n, n];
        const double h = 1e-6; // in whitened units, where residuals move by about h
        var unit = new double[n];
        for (var k = 0; k < n; k++)
        {
            unit[k] = h;
            var up = Gradient(Moved(p, SmallMatrix.SolveTransposed(whitening, unit)));
            unit[k] = -h;
            var down = Gradient(Moved(p, SmallMatrix.SolveTransposed(whitening, unit)));
            unit[k] = 0;
            for (var j = 0; j < n; j++)
                hessian[j, k] = (up[j] - down[j]) / (2 * h);
        }
        for (var j = 0; j < n; j++)
        for (var k = 0; k < j; k++)
            hessian[j, k] = hessian[k, j] = 0.5 * (hessian[j, k] + hessian[k, j]);
        return (hessian, gradient, whitening);
    }

    /// <summary>Moves from one point towards another, up to the first bound and exactly onto it. Stays where it is when
    /// the other point is not a number.</summary>
    private double[] UpToWall(double[] from, double[] to)
    {
        if (!Array.TrueForAll(to, double.IsFinite))
            return from;
        double Wall(int k) => to[k] < problem.Bounds[k].Low ? problem.Bounds[k].Low : problem.Bounds[k].High;
        double Share(int k) => (Wall(k) - from[k]) / (to[k] - from[k]);
        var first = free.Where(k => to[k] < problem.Bounds[k].Low || to[k] > problem.Bounds[k].High).MinBy(Share);
        var share = Share(first);
        var p = from.Zip(to, (a, b) => a + share * (b - a)).ToArray();
        p[first] = Wall(first);
        return p;
    }

    /// <summary>What a Newton step would gain: without end where the Hessian is not positive definite.</summary>
    private static double Promise(double[,] hessian, double[] gradient) =>
        SmallMatrix.Definite(hessian) is { } factor
            ? 0.5 * SmallMatrix.SolveLower(factor, gradient).Sum(v => v * v)
            : double.PositiveInfinity;

    /// <summary>The rows and columns of the free parameters.</summary>
    private double[,] Free(double[,] all)
    {
        var part = new double[free.Length, free.Length];
        for (var j = 0; j < free.Length; j++)
        for (var k = 0; k < free.Length; k++)
            part[j, k] = all[free[j], free[k]];
        return part;
    }

    private double[] Moved(double[] from, double[] step)
    {
        var p = (double[])from.Clone();
        for (var k = 0; k < free.Length; k++)
            p[free[k]] += step[k];
        return p;
    }
}
