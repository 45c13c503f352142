using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Comparing;

/// <summary>Forms fitted up to a budget, and their errors at the next one.</summary>
/// <param name="UpTo">The largest budget fitted (or compute, or size).</param>
/// <param name="Next">The largest predicted.</param>
/// <param name="Fitted">Rows up to the one.</param>
/// <param name="Errors">By form, in their order; null where the rows are too few to fit it.</param>
public sealed record RollingStep(double UpTo, double Next, int Fitted, IReadOnlyList<PredictionErrors?> Errors);

/// <summary>How well forms predict, step by step, what comes next: each is fitted to all rows up to a budget and
/// predicts those of the next.</summary>
/// <remarks>Time series are judged so (rolling origin; Tashman, 2000): one hold-out at the top says how a law did once,
/// this says whether it got better with reach.</remarks>
/// <param name="By">What orders the rows: <c>budget</c>, <c>C</c> or <c>x</c> (by half-decades), or <c>N</c>.</param>
public sealed record RollingHoldOut(string By, IReadOnlyList<LawForm> Forms, IReadOnlyList<RollingStep> Steps)
{
    /// <summary>Fewer steps say too little.</summary>
    public const int LeastSteps = 3;

    private const int MostSizes = 16;

    /// <summary>Steps by the rows' budgets where all have one, by half-decades of compute (of x, where there is no
    /// compute) otherwise, by sizes where those are too few; null where there are fewer than
    /// <see cref="LeastSteps"/>.</summary>
    /// <param name="fits">Of each form to the same rows.</param>
    public static RollingHoldOut? Measure(IReadOnlyList<ParametricFit> fits)
    {
        var (forms, points) = (fits.Select(f => f.Form).ToList(), fits[0].Problem.Points);
        return Orders(forms, points)
            .Select(o => new RollingHoldOut(o.By, forms, Roll(fits, points, o.Level, o.Value)))
            .FirstOrDefault(r => r.Steps.Count >= LeastSteps);
    }

    private static IEnumerable<(string By, Func<Observation, double> Level, Func<Observation, double> Value)> Orders(
        IReadOnlyList<LawForm> forms,
        IReadOnlyList<Observation> points
    )
    {
        (string, Func<Observation, double>, Func<Observation, double>) HalfDecades(
            string by,
            Func<Observation, double> value
        )
        {
            var least = points.Min(value);
            return (by, o => Math.Floor(2 * Math.Log10(value(o) / least) + 1e-9), value);
        }
        if (points.All(o => o.Budget > 0))
            yield return ("budget", o => o.Budget, o => o.Budget);
        if (points.All(o => o.C > 0))
            yield return HalfDecades("C", o => o.C);
        else if (forms.All(f => f.OfX && f.TakesLogOfX) && points.All(o => o.X > 0))
            yield return HalfDecades("x", o => o.X);
        if (points.All(o => o.N > 0) && points.Select(o => o.N).Distinct().Count() <= MostSizes)
            yield return ("N", o => o.N, o => o.N);
    }

    private static List<RollingStep> Roll(
        IReadOnlyList<ParametricFit> fits,
        IReadOnlyList<Observation> points,
        Func<Observation, double> level,
        Func<Observation, double> value
    )
    {
        var levels = points.GroupBy(level).OrderBy(g => g.Key).Select(g => g.ToList()).ToList();
        var (steps, below) = (new List<RollingStep>(), new List<Observation>());
        for (var k = 0; k + 1 < levels.Count; k++)
        {
            below.AddRange(levels[k]);
            List<PredictionErrors?> errors = [.. fits.Select(f => Errors(f, [.. below], levels[k + 1]))];
            if (errors.Exists(e => e is not null))
                steps.Add(new(below.Max(value), levels[k + 1].Max(value), below.Count, errors));
        }
        return steps;
    }

    private static PredictionErrors? Errors(
        ParametricFit whole,
        IReadOnlyList<Observation> below,
        IReadOnlyList<Observation> next
    )
    {
        var form = whole.Form;
        // A surface cannot tell N from D by fewer than three of each, nor a curve its bend by fewer than three x.
        var known =
            form.OfNAndD
                ? Math.Min(below.Select(o => o.N).Distinct().Count(), below.Select(o => o.D).Distinct().Count())
            : form.OfX ? below.Select(o => o.X).Distinct().Count()
            : below.Count;
        if (known < 3 || below.Count < whole.Problem.FreeParameters + 2)
            return null;
        var fit = whole.Again(below);
        return PredictionErrors.Measure(next.Select(o => (fit.Predict(o), o.Y)));
    }
}
