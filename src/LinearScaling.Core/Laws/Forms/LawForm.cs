using LinearScaling.Configuration;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Forms;

/// <summary>A parametric law: its equation, parameters, value and analytic gradient.</summary>
/// <remarks>
/// Fits run in fit space: the logarithm of a parameter on a log scale, the parameter itself otherwise. Positive
/// constants that span decades (A, B) and must not change sign (E) are on a log scale.
/// </remarks>
public abstract record LawForm
{
    public static Registry Variants { get; } =
        new(
            "law form",
            ("power_law", typeof(PowerLaw)),
            ("power_law_offset", typeof(PowerLawOffset)),
            ("chinchilla", typeof(Chinchilla)),
            ("chinchilla_gamma", typeof(ChinchillaGamma)),
            ("kaplan", typeof(Kaplan)),
            ("gadre", typeof(Gadre)),
            ("gadre_error", typeof(GadreError)),
            ("sigmoid", typeof(Sigmoid)),
            ("exponential", typeof(Exponential)),
            ("rational_power", typeof(RationalPower)),
            ("loss_to_loss", typeof(LossToLoss)),
            ("data_constrained", typeof(DataConstrained)),
            ("additive", typeof(Additive)),
            ("power_law_columns", typeof(PowerLawColumns)),
            ("multi_power", typeof(MultiPower)),
            ("annealing", typeof(Annealing))
        );

    /// <summary>The form of that name.</summary>
    public static LawForm Named(string name) =>
        Variants.TryGet(name, out var type)
            ? (LawForm)Activator.CreateInstance(type)!
            : throw new LinearScalingException(NearestNames.Unknown(Variants.Kind, name, Variants.Names));

    public string Name => Variants.Names.First(n => Variants.TryGet(n, out var type) && type == GetType());

    /// <summary>As a reader writes it, with its source.</summary>
    public abstract string Equation { get; }

    public abstract IReadOnlyList<FormParameter> Parameters { get; }

    /// <summary>Whether it is a surface over N and D.</summary>
    public abstract bool OfNAndD { get; }

    /// <summary>Whether it is a curve over X.</summary>
    public virtual bool OfX => !OfNAndD;

    /// <summary>Whether its X is another metric, so that compute in its place means nothing.</summary>
    public virtual bool OfMetric => false;

    /// <summary>Whether it is a law of a run's learning rates: it reads <see cref="Observation.Schedule"/>
    /// alone.</summary>
    public virtual bool OfSchedule => false;

    /// <summary>Columns that it reads beside N, D and X, by the names that <c>--columns</c> gives them: their values
    /// are <see cref="Observation.Others"/>, in this order.</summary>
    public virtual IReadOnlyList<string> Columns => [];

    /// <summary>The form over these columns, where it is one of any columns; else itself.</summary>
    /// <exception cref="LinearScalingException">It is one of any columns, and there are none.</exception>
    public virtual LawForm Over(IReadOnlyList<string> columns) => this;

    /// <summary>What it is a law of, as law.json says it: <c>N, D</c>, its columns, or <paramref name="x"/>.</summary>
    public string Variable(string x) =>
        OfNAndD ? "N, D"
        : OfX ? x
        : string.Join(", ", Columns);

    /// <summary>Whether a curve over X takes the logarithm of X; otherwise it reads
    /// <see cref="Observation.U"/>.</summary>
    public virtual bool TakesLogOfX => true;

    /// <summary>Whether all its values are positive.</summary>
    public virtual bool Positive => true;

    /// <summary>The form of which this one is a special case; null where no form is known to hold it.</summary>
    public virtual Nesting? NestedIn => null;

    /// <summary>How it is fitted unless the user says otherwise.</summary>
    public virtual FitLoss DefaultLoss => FitLoss.LogHuber;

    /// <param name="p">Parameters in fit space.</param>
    /// <param name="gradient">Receives the derivative to each of <paramref name="p"/>.</param>
    /// <returns>The predicted metric.</returns>
    public abstract double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient);

    /// <summary>Whether it has <see cref="AddCurvature"/>.</summary>
    internal virtual bool KnowsCurvature => false;

    /// <summary>Adds a factor times the value's second derivatives to sums, at rows j and columns k &lt;= j.</summary>
    /// <param name="gradient">As <see cref="Value"/> gave it at this point.</param>
    internal virtual void AddCurvature(
        in Observation o,
        ReadOnlySpan<double> gradient,
        double factor,
        double[,] sums
    ) => throw new NotSupportedException();

    /// <summary>The sum of two powers that the value rises with; null where there is none, or where the surface is made
    /// otherwise.</summary>
    /// <param name="p">Parameters in fit space.</param>
    internal virtual TwoTerms? Terms(ReadOnlySpan<double> p) => null;

    /// <summary>A starting point in fit space.</summary>
    /// <param name="u">A number from 0 to 1 a parameter.</param>
    public abstract double[] Start(ReadOnlySpan<double> u, DataSummary data);

    /// <summary>A least-squares fit by another method, which a fit starts from and is checked with; null where the form
    /// has none.</summary>
    /// <param name="relative">Whether residuals are divided by the metric, which stands in for logarithms.</param>
    public virtual (double[] Coefficients, double ResidualSquares)? LeastSquares(
        IReadOnlyList<Observation> points,
        bool relative
    ) => null;

    /// <summary>Reasons not to trust a fit of it that other forms do not have.</summary>
    internal virtual IEnumerable<Caution> Cautions(ParametricFit fit, Bootstrap? bootstrap) => [];

    /// <summary>The one of several equal parameter sets by which a fit is reported.</summary>
    public virtual double[] Canonical(double[] p) => p;

    public double Predict(IReadOnlyList<double> coefficients, in Observation o)
    {
        Span<double> gradient = stackalloc double[coefficients.Count];
        return Value(ToFitSpace(coefficients), o, gradient);
    }

    public double[] ToFitSpace(IReadOnlyList<double> coefficients) =>
        [.. Parameters.Select((q, i) => q.LogScale ? Math.Log(coefficients[i]) : coefficients[i])];

    public double[] FromFitSpace(ReadOnlySpan<double> p)
    {
        var coefficients = new double[p.Length];
        for (var i = 0; i < p.Length; i++)
            coefficients[i] = Parameters[i].LogScale ? Math.Exp(p[i]) : p[i];
        return coefficients;
    }

    protected static double Between(double low, double high, double u) => low + (high - low) * u;
}

/// <summary>A parameter of a form.</summary>
/// <param name="Name">In snake_case, as in law.json.</param>
/// <param name="Meaning">What it is, with its unit.</param>
/// <param name="LogScale">Positive and fitted as its logarithm.</param>
/// <param name="Low">Least sensible value; a fit that ends there is not to be trusted.</param>
/// <param name="Exponent">What the form is fitted for: it gets an interval from the profile likelihood too.</param>
public sealed record FormParameter(
    string Name,
    string Meaning,
    bool LogScale,
    double Low,
    double High,
    bool Exponent = false
);

/// <summary>What a form needs of the data to place its starts.</summary>
public sealed record DataSummary(
    double MeanLogN,
    double MeanLogD,
    double MeanLogX,
    double MinU,
    double MaxU,
    double MinX,
    double MaxX,
    double MinY,
    double MaxY,
    double MeanY
)
{
    /// <summary>The points themselves, for forms whose starts are fitted in part.</summary>
    public IReadOnlyList<Observation> Points { get; init; } = [];

    /// <summary>Of the logarithms of further columns, in the form's order.</summary>
    public IReadOnlyList<double> MeanLogOthers { get; init; } = [];

    public static DataSummary Summarize(IReadOnlyList<Observation> points) =>
        new(
            points.Average(o => o.LogN),
            points.Average(o => o.LogD),
            points.Average(o => o.LogX),
            points.Min(o => o.U),
            points.Max(o => o.U),
            points.Min(o => o.X),
            points.Max(o => o.X),
            points.Min(o => o.Y),
            points.Max(o => o.Y),
            points.Average(o => o.Y)
        )
        {
            Points = points,
            MeanLogOthers =
            [
                .. Enumerable.Range(0, points[0].Others.Length).Select(i => points.Average(o => o.LogOthers[i])),
            ],
        };
}
