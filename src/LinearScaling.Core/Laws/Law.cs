using System.Text.Json;
using LinearScaling.Files;
using LinearScaling.Laws.Envelopes;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>A law as it is saved: <c>law.json</c>. <see cref="Load"/> reads it back, <see cref="Optimal"/> spends a
/// budget by it.</summary>
/// <param name="Format">Version of this file's layout.</param>
/// <param name="Name">What was fitted: an architecture, or the table's name.</param>
/// <param name="Form">The form's name, as <c>power_law</c> or <c>chinchilla</c>.</param>
/// <param name="Method">How: <c>envelope</c>, <c>parametric</c> or <c>published</c>.</param>
/// <param name="Variable">What a curve runs over: <c>C</c>, or a metric's name; <c>N, D</c> for surfaces.</param>
/// <param name="Convention">How C counts.</param>
/// <param name="Coefficients">By name, in the form's order.</param>
/// <param name="Intervals">95 % bootstrap intervals by coefficient.</param>
/// <param name="StandardErrors">Bootstrap standard errors by coefficient.</param>
/// <param name="FitCovariance">Covariance in fit space (the logarithm of a coefficient on a log scale), in the form's
/// order; empty where unknown.</param>
/// <param name="Loss">What was minimised.</param>
/// <param name="Rule">How C follows from N and D.</param>
/// <param name="NOpt">Power laws of compute-optimal N, and <paramref name="DOpt"/> of D; null where unknown.</param>
/// <param name="Version">Version of lcs that fitted it.</param>
/// <param name="Command">The command line that made it.</param>
public sealed record Law(
    int Format,
    string Name,
    string Form,
    string Equation,
    string Method,
    string Metric,
    string Variable,
    string Convention,
    IReadOnlyDictionary<string, double> Coefficients,
    IReadOnlyDictionary<string, Interval> Intervals,
    IReadOnlyDictionary<string, double> StandardErrors,
    IReadOnlyList<double[]> FitCovariance,
    string Loss,
    double? Objective,
    double? RSquared,
    Certificate? Certificate,
    IReadOnlyDictionary<string, Interval> ProfileIntervals,
    Extrapolation? Extrapolation,
    FlopsRule Rule,
    ComputeLaw? NOpt,
    ComputeLaw? DOpt,
    double? ExponentSum,
    LawData Data,
    IReadOnlyList<Caution> Cautions,
    string Version,
    string Command
)
{
    public const int CurrentFormat = 1;

    private const int IntervalDraws = 1000;

    public static Law Load(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file; lcs fit writes law.json files");
        try
        {
            var law = JsonSerializer.Deserialize(File.ReadAllText(path), LawJson.Default.Law)!;
            return law.Format == CurrentFormat
                ? law
                : throw new LinearScalingException(
                    $"{path}: law format {law.Format}, this lcs reads {CurrentFormat}; fit again"
                );
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: not a law: {e.Message}", e);
        }
    }

    public void Save(string path) => DurableFile.WriteAllText(path, ToJson() + "\n");

    public string ToJson() => JsonSerializer.Serialize(this, LawJson.Default.Law);

    /// <summary>Compute-optimal N, D and the loss to expect for a budget, with 95 % intervals where the law has a
    /// covariance.</summary>
    /// <exception cref="LinearScalingException">The law says nothing about N and D.</exception>
    public Allocation Optimal(double flops)
    {
        var form = LawForm.Named(Form);
        if (form.OfNAndD)
        {
            var (n, d, loss) = Allocation.Optimize(form, Ordered(form), flops, Rule);
            var draws = Draws(form).Select(c => Allocation.Optimize(form, c, flops, Rule)).ToList();
            return new(
                flops,
                n,
                Interval.Percentile(draws.Select(a => a.N)),
                d,
                Interval.Percentile(draws.Select(a => a.D)),
                loss,
                Interval.Percentile(draws.Select(a => a.Loss))
            );
        }
        if (NOpt is null || DOpt is null || Variable != "C")
            throw new LinearScalingException(
                $"law '{Name}' ({Form} of {Variable}) says nothing about compute-optimal N and D; fit one with "
                    + $"--law chinchilla, or runs of several sizes"
            );
        var ((nAt, nInterval), (dAt, dInterval)) = (NOpt.Predict(flops), DOpt.Predict(flops));
        return new(
            flops,
            nAt,
            nInterval,
            dAt,
            dInterval,
            LossAt(flops),
            Interval.Percentile(Draws(form).Select(c => form.Predict(c, Observation.OfCompute(flops, 0))))
        );
    }

    /// <summary>The loss for a compute budget, spent optimally where the law is a surface.</summary>
    public double LossAt(double flops)
    {
        var form = LawForm.Named(Form);
        return form.OfNAndD
            ? Allocation.Optimize(form, Ordered(form), flops, Rule).Loss
            : form.Predict(Ordered(form), Observation.OfCompute(flops, 0));
    }

    public static Law Record(
        EnvelopeFit fit,
        string metric,
        string convention,
        LawData data,
        string version,
        string command
    )
    {
        var form = new PowerLaw();
        var intervals = new Dictionary<string, Interval>();
        if (fit.Loss is { CoefficientInterval: { } coefficient, ExponentInterval: { } exponent })
            (intervals["coefficient"], intervals["exponent"]) = (coefficient, exponent);
        var errors =
            fit.Loss.LogCovariance.Count == 0
                ? []
                : new Dictionary<string, double>
                {
                    ["coefficient"] = fit.Loss.Coefficient * Math.Sqrt(fit.Loss.LogCovariance[0][0]),
                    ["exponent"] = Math.Sqrt(fit.Loss.LogCovariance[1][1]),
                };
        return new(
            CurrentFormat,
            fit.Architecture,
            form.Name,
            form.Equation,
            "envelope",
            metric,
            "C",
            convention,
            new Dictionary<string, double> { ["coefficient"] = fit.Loss.Coefficient, ["exponent"] = fit.Loss.Exponent },
            intervals,
            errors,
            fit.Loss.LogCovariance,
            FitLoss.LogSquared.Description,
            null,
            fit.Loss.RSquared,
            null,
            new Dictionary<string, Interval>(),
            fit.Extrapolation,
            FlopsRule.SixNd,
            fit.NOpt,
            fit.DOpt,
            fit.ExponentSum,
            data,
            fit.Cautions,
            version,
            command
        );
    }

    public static Law Record(
        LawAnalysis a,
        string metric,
        string variable,
        string convention,
        LawData data,
        string version,
        string command
    )
    {
        var form = a.Fit.Form;
        Dictionary<string, T> By<T>(Func<int, T> value) =>
            form.Parameters.Select((q, k) => (q.Name, Value: value(k))).ToDictionary(q => q.Name, q => q.Value);
        var drawn = a.Bootstrap.Draws.Count >= 20;
        return new(
            CurrentFormat,
            a.Name,
            form.Name,
            form.Equation,
            "parametric",
            metric,
            variable,
            convention,
            By(k => a.Fit.Coefficients[k]),
            drawn ? By(k => a.Bootstrap.Interval(k)!) : [],
            drawn ? By(a.Bootstrap.StandardError) : [],
            drawn ? a.Bootstrap.FitCovariance(form) : [],
            a.Fit.Problem.Loss.Description,
            a.Fit.Objective,
            a.Fit.RSquared,
            a.Fit.Certificate,
            a.Profiles.ToDictionary(p => p.Parameter, p => p.Interval),
            a.Extrapolation,
            a.Rule,
            a.NOpt,
            a.DOpt,
            a.NOpt is null || a.DOpt is null ? null : a.NOpt.Exponent + a.DOpt.Exponent,
            data,
            a.Cautions,
            version,
            command
        );
    }

    private double[] Ordered(LawForm form) =>
        [
            .. form.Parameters.Select(q =>
                Coefficients.TryGetValue(q.Name, out var value)
                    ? value
                    : throw new LinearScalingException($"law '{Name}': coefficient {q.Name} of {Form} is missing")
            ),
        ];

    /// <summary>Coefficients drawn from the normal distribution of the fit's covariance, in fit space.</summary>
    private IEnumerable<double[]> Draws(LawForm form)
    {
        var n = form.Parameters.Count;
        if (FitCovariance.Count != n)
            yield break;
        var matrix = new double[n, n];
        for (var i = 0; i < n; i++)
        for (var j = 0; j < n; j++)
            matrix[i, j] = FitCovariance[i][j];
        var factor = SmallMatrix.Cholesky(matrix);
        var center = form.ToFitSpace(Ordered(form));
        var random = new SeededRandom(0);
        for (var draw = 0; draw < IntervalDraws; draw++)
        {
            var z = Enumerable.Range(0, n).Select(_ => random.Normal()).ToArray();
            yield return form.FromFitSpace([
                .. center.Select((c, i) => c + Enumerable.Range(0, i + 1).Sum(k => factor[i, k] * z[k])),
            ]);
        }
    }
}
