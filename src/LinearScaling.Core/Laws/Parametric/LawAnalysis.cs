using System.Collections.ObjectModel;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>A parametric fit with everything that says how far to trust it.</summary>
/// <param name="Name">The group fitted: an architecture, or the table's name.</param>
/// <param name="Rule">How C follows from N and D.</param>
/// <param name="NOpt">Power law of compute-optimal N over the data's range of compute; null for forms without N and
/// D.</param>
public sealed record LawAnalysis(
    string Name,
    ParametricFit Fit,
    Bootstrap Bootstrap,
    IReadOnlyList<ProfileLikelihood> Profiles,
    Extrapolation? Extrapolation,
    FlopsRule Rule,
    ComputeLaw? NOpt,
    ComputeLaw? DOpt,
    IReadOnlyList<Caution> Cautions
)
{
    public static LawAnalysis Analyze(
        string name,
        LawForm form,
        IReadOnlyList<Observation> points,
        FitLoss? loss = null,
        int starts = ParametricFit.DefaultStarts,
        int draws = Bootstrap.DefaultDraws,
        int seed = 0,
        IReadOnlyDictionary<string, double>? @fixed = null
    )
    {
        Check(name, form, loss ?? form.DefaultLoss, points, @fixed);
        var fit = ParametricFit.Fit(form, points, loss, starts, seed, @fixed);
        var bootstrap = Bootstrap.Draw(fit, draws, seed);
        var dependence = DesignEffect.Measure(fit);
        var profiles = form
            .Parameters.Select((q, k) => (q.Name, q.Exponent, Drawn: bootstrap.Interval(k), Index: k))
            .Where(q =>
                q.Exponent
                && !fit.Problem.IsFixed(q.Index)
                && !fit.Certificate.BoundsHit.Contains(q.Name)
                && fit.Objective > 0
                && q.Drawn?.High > q.Drawn?.Low
                && double.IsFinite(dependence.ForParameter(q.Index))
            )
            .Select(q => ProfileLikelihood.Trace(fit, q.Name, q.Drawn!, dependence.ForParameter(q.Index)))
            .ToList();
        var extrapolation = Extrapolation.Measure(fit);
        var rule = form.OfNAndD ? FlopsRule.Infer(points) : FlopsRule.SixNd;
        var (nOpt, dOpt) = form.OfNAndD ? Frontier(fit, bootstrap, rule) : (null, null);
        return new(
            name,
            fit,
            bootstrap,
            profiles,
            extrapolation,
            rule,
            nOpt,
            dOpt,
            [
                .. ParametricCautions.Check(fit, bootstrap, dependence, profiles, extrapolation),
                .. RowCautions.Check(fit, bootstrap),
            ]
        );
    }

    /// <exception cref="LinearScalingException">The form cannot be fitted to these points.</exception>
    private static void Check(
        string name,
        LawForm form,
        FitLoss loss,
        IReadOnlyList<Observation> points,
        IReadOnlyDictionary<string, double>? given
    )
    {
        CheckFixed(form, given);
        if (form.OfNAndD && points.Any(o => !(o.N > 0 && o.D > 0)))
            throw LawMistakes.NeedsNAndD(name, form.Name);
        if (form.OfX && points.Any(o => double.IsNaN(o.X)))
            throw new LinearScalingException($"{name}: {form.Name} needs its variable; name C or X with --columns");
        if (form.OfSchedule && points.Any(o => o.Schedule is null))
            throw LawMistakes.NeedsSchedule(name, form.Name);
        var free = form.Parameters.Count - (given?.Count ?? 0);
        if (points.Count < free)
            throw LawMistakes.TooFewPoints(name, form.Name, free, points.Count);
        static bool IsOne(IEnumerable<double> values) =>
            values.ToList() is var v && v.Max() - v.Min() <= 1e-8 * Math.Abs(v.Max());
        if ((form.OfNAndD || form.OfX) && IsOne(points.Select(o => form.OfX ? o.X : o.C)))
            throw LawMistakes.OneCompute(name, form.OfNAndD);
        foreach (var (i, column) in form.OfNAndD ? [] : form.Columns.Index())
            if (IsOne(points.Select(o => o.Others[i])))
                throw LawMistakes.OneValue(name, column);
        foreach (var y in points.Select(o => o.Y).Where(y => !(y > 0)))
            if (form.Positive || loss.Log)
                throw new LinearScalingException($"{name}: the metric is {y:G4} at a point, and {WhyNot(form)}");
    }

    private static void CheckFixed(LawForm form, IReadOnlyDictionary<string, double>? given)
    {
        foreach (var (name, value) in given ?? ReadOnlyDictionary<string, double>.Empty)
        {
            var q =
                form.Parameters.FirstOrDefault(p => p.Name == name)
                ?? throw LawMistakes.NoCoefficient(form.Name, name, form.Parameters.Select(p => p.Name));
            var low = q.LogScale ? 0 : q.Low; // without that term at all
            if (!(value >= low && value <= q.High && double.IsFinite(value)))
                throw LawMistakes.OutsideBounds(form.Name, name, value, low, q.High);
        }
        if (given?.Count == form.Parameters.Count)
            throw LawMistakes.NothingFree(form.Name);
    }

    /// <summary>Why a form cannot be fitted to a metric that is 0 or negative, and what to do.</summary>
    private static string WhyNot(LawForm form) =>
        !form.Positive ? "has no logarithm there; leave such points out, or fit with --loss squared"
        : form.OfNAndD ? $"{form.Name} is positive everywhere; leave such points out"
        : $"{form.Name} is positive everywhere; leave such points out, or fit a sigmoid or an exponential";

    /// <summary>The bootstrap's 95 % interval of a coefficient; null where it is fixed or draws are too few.</summary>
    public Interval? BootstrapInterval(int coefficient) =>
        Fit.Problem.IsFixed(coefficient) ? null : Bootstrap.Interval(coefficient);

    /// <summary>The spread of the bootstrap's draws of a coefficient, in its own unit also where it is fitted as a
    /// logarithm; null where it is fixed, draws are too few, or they run away.</summary>
    public double? StandardError(int coefficient) =>
        !Fit.Problem.IsFixed(coefficient)
        && Bootstrap.Draws.Count >= 20
        && Bootstrap.StandardError(coefficient) is var error
        && double.IsFinite(error)
            ? error
            : null;

    /// <summary>Compute-optimal N, D and loss for a budget, with intervals from the bootstrap's draws.</summary>
    public Allocation Optimal(double flops) =>
        Allocation.Spend(Fit.Form, Fit.Coefficients, Bootstrap.Draws, flops, Rule);

    /// <summary>The fit as it is saved.</summary>
    /// <param name="version">Version of lcs.</param>
    /// <param name="command">The command line that made it.</param>
    public Law ToLaw(string metric, string variable, string convention, LawData data, string version, string command)
    {
        var form = Fit.Form;
        Dictionary<string, T> By<T>(Func<int, object?> value) =>
            form
                .Parameters.Select((q, k) => (q.Name, Value: value(k)))
                .Where(q => q.Value is not null)
                .ToDictionary(q => q.Name, q => (T)q.Value!);
        var drawn = Bootstrap.Draws.Count >= 20;
        return new()
        {
            Name = Name,
            Form = form.Name,
            Equation = form.Equation,
            Method = "parametric",
            Metric = metric,
            Variable = variable,
            Convention = convention,
            Coefficients = By<double>(k => Fit.Coefficients[k]),
            Fixed = [.. Fit.Problem.Fixed.Keys],
            Intervals = By<Interval>(BootstrapInterval),
            StandardErrors = By<double>(k => StandardError(k)),
            FitCovariance = drawn ? Bootstrap.FitCovariance(form) : [],
            ResidualScatter = ResidualScatter.Measure(Fit),
            Loss = Fit.Problem.Loss.Description,
            Objective = Fit.Objective,
            RSquared = Fit.RSquared,
            Certificate = Fit.Certificate,
            ProfileIntervals = Profiles.ToDictionary(p => p.Parameter, p => p.Interval),
            Extrapolation = Extrapolation,
            Rule = Rule,
            NOpt = NOpt,
            DOpt = DOpt,
            ExponentSum = NOpt is null || DOpt is null ? null : NOpt.Exponent + DOpt.Exponent,
            FittedRange = FittedRange.Span(Fit.Problem.Points),
            Data = data,
            Cautions = Cautions,
            Version = version,
            Command = command,
        };
    }

    /// <summary>The frontier between the least and the largest compute, as power laws: exact for Chinchilla's form, the
    /// best straight line in log-log for others.</summary>
    private static (ComputeLaw N, ComputeLaw D) Frontier(ParametricFit fit, Bootstrap bootstrap, FlopsRule rule)
    {
        double[] flops = [fit.Problem.Points.Min(o => o.C), fit.Problem.Points.Max(o => o.C)];
        (LogLogLine N, LogLogLine D) Lines(double[] coefficients)
        {
            var optima = Array.ConvertAll(flops, c => Allocation.Optimize(fit.Form, coefficients, c, rule));
            return (
                LogLogLine.Fit(flops, Array.ConvertAll(optima, a => a.N))!,
                LogLogLine.Fit(flops, Array.ConvertAll(optima, a => a.D))!
            );
        }
        var (nLine, dLine) = Lines(fit.Coefficients);
        var draws = new (LogLogLine N, LogLogLine D)[bootstrap.Draws.Count];
        Parallel.For(0, draws.Length, i => draws[i] = Lines(bootstrap.Draws[i]));
        return (ComputeLaw.Fit(nLine, draws.Select(l => l.N)), ComputeLaw.Fit(dLine, draws.Select(l => l.D)));
    }
}
