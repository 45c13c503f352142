using System.Text.Json;
using System.Text.Json.Serialization;
using LinearScaling.Files;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Links;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Planning;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>A law as it is saved: <c>law.json</c>. <see cref="Load"/> reads it back, <see cref="Optimal"/> spends a
/// budget by it.</summary>
/// <remarks>The file has the keys in this order. It is written with each of them, and read without those alone that are
/// younger than the format: <see cref="Fixed"/>, <see cref="ResidualScatter"/>, <see cref="Links"/> and
/// <see cref="FittedRange"/>.</remarks>
public sealed record Law
{
    public const int CurrentFormat = 1;

    /// <summary>Version of this file's layout.</summary>
    [JsonRequired]
    public int Format { get; init; } = CurrentFormat;

    /// <summary>What was fitted: an architecture, or the table's name.</summary>
    public required string Name { get; init; }

    /// <summary>The form's name, as <c>power_law</c> or <c>chinchilla</c>.</summary>
    public required string Form { get; init; }

    /// <summary>The form as a reader writes it.</summary>
    public required string Equation { get; init; }

    /// <summary>The method: <c>envelope</c>, <c>isoflop</c>, <c>parametric</c> or <c>published</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The metric that it predicts.</summary>
    public required string Metric { get; init; }

    /// <summary>The variable: <c>C</c>, or a metric's name; <c>N, D</c> for surfaces; the columns of forms over
    /// columns.</summary>
    public required string Variable { get; init; }

    /// <summary>How C counts, or the column of a table that it is from: <see cref="ComputeOrigin"/>.</summary>
    public required string Convention { get; init; }

    /// <summary>By name, in the form's order.</summary>
    public required IReadOnlyDictionary<string, double> Coefficients { get; init; }

    /// <summary>Coefficients that were given, not fitted; null where that is not known.</summary>
    public IReadOnlyList<string>? Fixed { get; init; }

    /// <summary>95 % bootstrap intervals by coefficient; fixed ones have none.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, Interval> Intervals { get; init; } = new Dictionary<string, Interval>();

    /// <summary>Bootstrap standard errors by coefficient, in its own unit: of A, not of ln A.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, double> StandardErrors { get; init; } = new Dictionary<string, double>();

    /// <summary>Covariance in fit space (the logarithm of a coefficient on a log scale), in the form's order; empty
    /// where unknown.</summary>
    [JsonRequired]
    public IReadOnlyList<double[]> FitCovariance { get; init; } = [];

    /// <summary>How far its points lie from it, as one more point would; null where unknown, and in files of an lcs
    /// that did not measure it.</summary>
    public ResidualScatter? ResidualScatter { get; init; }

    /// <summary>What was minimised.</summary>
    [JsonRequired]
    public string Loss { get; init; } = "";

    /// <summary>The minimised sum.</summary>
    [JsonRequired]
    public double? Objective { get; init; }

    /// <summary>Share of the variance explained.</summary>
    [JsonRequired]
    public double? RSquared { get; init; }

    /// <summary>Evidence that the fit is the minimum.</summary>
    [JsonRequired]
    public Certificate? Certificate { get; init; }

    /// <summary>95 % intervals from the profile likelihood, by exponent; an end is infinite where the likelihood bounds
    /// it on one side only.</summary>
    [JsonRequired]
    public IReadOnlyDictionary<string, Interval> ProfileIntervals { get; init; } = new Dictionary<string, Interval>();

    /// <summary>How well the fit without the top of the compute predicts it.</summary>
    [JsonRequired]
    public Extrapolation? Extrapolation { get; init; }

    /// <summary>How C follows from N and D.</summary>
    [JsonRequired]
    public FlopsRule Rule { get; init; } = FlopsRule.SixNd;

    /// <summary>Power law of compute-optimal N; null where unknown.</summary>
    [JsonRequired]
    public ComputeLaw? NOpt { get; init; }

    /// <summary>The same of D.</summary>
    [JsonRequired]
    public ComputeLaw? DOpt { get; init; }

    /// <summary>The sum of both exponents: 1 where C is 6 N D.</summary>
    [JsonRequired]
    public double? ExponentSum { get; init; }

    /// <summary>Metrics that follow from this law's loss, for laws fitted in two steps; none in older files.</summary>
    public IReadOnlyList<LinkLaw> Links
    {
        get;
        init => field = value ?? []; // what a file lacks is read as null
    } = [];

    /// <summary>Between what its points lie; null where unknown, and in files of an lcs that did not say it.</summary>
    public FittedRange? FittedRange { get; init; }

    /// <summary>What it was fitted to.</summary>
    public required LawData Data { get; init; }

    /// <summary>Reasons not to trust it.</summary>
    [JsonRequired]
    public IReadOnlyList<Caution> Cautions { get; init; } = [];

    /// <summary>Version of lcs that fitted it.</summary>
    [JsonRequired]
    public string Version { get; init; } = "";

    /// <summary>The command line that made it.</summary>
    [JsonRequired]
    public string Command { get; init; } = "";

    private const int IntervalDraws = 1000;

    private LawForm Shape => LawForm.Named(Form).Over(Variable.Split(", "));

    public static Law Load(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file; lcs fit writes law.json files");
        try
        {
            var law = StrictJson.Deserialize(File.ReadAllText(path), LawJson.Default.Law);
            return law.Format == CurrentFormat ? law : throw LawMistakes.OtherFormat(path, law.Format, CurrentFormat);
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
        var form = Shape;
        if (form.OfNAndD)
            return Allocation.Spend(form, Ordered(form), Draws(form), flops, Rule);
        if (NOpt is null || DOpt is null || Variable != "C")
            throw LawMistakes.NoOptimum(Name, Form, Variable);
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
    /// <exception cref="LinearScalingException">The law is one of other columns.</exception>
    public double LossAt(double flops)
    {
        var form = Shape;
        return form.OfNAndD ? Allocation.Optimize(form, Ordered(form), flops, Rule).Loss
            : form.OfX ? form.Predict(Ordered(form), Observation.OfCompute(flops, 0))
            : throw LawMistakes.NoOptimum(Name, Form, Variable);
    }

    /// <summary>The law as a surface to plan by, with draws where it has a covariance.</summary>
    /// <exception cref="LinearScalingException">It is none of N and D.</exception>
    public LawSurface Surface()
    {
        var form = Shape;
        return form.OfNAndD
            ? new(Name, form, Ordered(form), [.. Draws(form)], Rule)
            : throw LawMistakes.NoSurface(Name, Form, Variable);
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
        if (FitCovariance.Any(row => row.Length != n))
            throw LawMistakes.UnevenCovariance(Name, n);
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
