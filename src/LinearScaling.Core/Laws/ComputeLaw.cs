using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws;

/// <summary>A power law of compute, y = Coefficient C^Exponent, with 95 % intervals.</summary>
/// <param name="RSquared">In log-log; null where two points determine the line.</param>
/// <param name="CoefficientPfDays">The coefficient with C in PFLOP/s-days (8.64e19 FLOPs), the unit of the study's
/// tables.</param>
/// <param name="LogCovariance">Covariance of ln Coefficient and Exponent; empty where it is not known.</param>
public sealed record ComputeLaw(
    double Coefficient,
    double Exponent,
    Interval? CoefficientInterval,
    Interval? ExponentInterval,
    double? RSquared,
    int Points,
    double CoefficientPfDays,
    IReadOnlyList<double[]> LogCovariance
)
{
    public const double PfDay = 8.64e19;

    /// <summary>The lines of the bootstrap's draws; none in a law that was read from a file.</summary>
    internal IReadOnlyList<LogLogLine> Draws { get; init; } = [];

    public double At(double flops) => Coefficient * Math.Pow(flops, Exponent);

    /// <summary>A law as published, with C in PFLOP/s-days.</summary>
    public static ComputeLaw PerPfDay(double coefficient, double exponent) =>
        new(coefficient * Math.Pow(PfDay, -exponent), exponent, null, null, null, 0, coefficient, []);

    public static ComputeLaw Fit(LogLogLine line, IEnumerable<LogLogLine> draws)
    {
        var fitted = draws.ToList();
        return new(
            line.Coefficient,
            line.Exponent,
            Interval.Percentile(fitted.Select(l => l.Coefficient)),
            Interval.Percentile(fitted.Select(l => l.Exponent)),
            line.Points > 2 ? line.RSquared : null,
            line.Points,
            line.At(PfDay),
            fitted.Count < 20 ? [] : Covariance(fitted)
        )
        {
            Draws = fitted,
        };
    }

    /// <summary>The law's value with the interval of its mean, from the covariance.</summary>
    public (double Value, Interval? Interval) Predict(double flops)
    {
        var value = At(flops);
        if (LogCovariance.Count < 2)
            return (value, null);
        var x = Math.Log(flops);
        var spread =
            Interval.Normal95
            * Math.Sqrt(Math.Max(0, LogCovariance[0][0] + 2 * x * LogCovariance[0][1] + x * x * LogCovariance[1][1]));
        return (value, new(value * Math.Exp(-spread), value * Math.Exp(spread)));
    }

    /// <summary>95 % of the draws at a compute, wide enough for the law itself; null without draws.</summary>
    public Interval? Band(double flops) => Interval.Percentile(Draws.Select(l => l.At(flops)))?.Including(At(flops));

    /// <summary>The law as it is saved: a power law of compute.</summary>
    /// <param name="convention">How C counts.</param>
    internal Law ToLaw(string name, string method, string metric, string convention, LawData data)
    {
        var form = new PowerLaw();
        var intervals = new Dictionary<string, Interval>();
        if (this is { CoefficientInterval: { } coefficient, ExponentInterval: { } exponent })
            (intervals["coefficient"], intervals["exponent"]) = (coefficient, exponent);
        return new()
        {
            Name = name,
            Form = form.Name,
            Equation = form.Equation,
            Method = method,
            Metric = metric,
            Variable = "C",
            Convention = convention,
            Coefficients = new Dictionary<string, double> { ["coefficient"] = Coefficient, ["exponent"] = Exponent },
            Intervals = intervals,
            StandardErrors =
                LogCovariance.Count == 0
                    ? []
                    : new Dictionary<string, double>
                    {
                        ["coefficient"] = Coefficient * Math.Sqrt(LogCovariance[0][0]),
                        ["exponent"] = Math.Sqrt(LogCovariance[1][1]),
                    },
            FitCovariance = LogCovariance,
            Loss = FitLoss.LogSquared.Description,
            RSquared = RSquared,
            Data = data,
        };
    }

    private static double[][] Covariance(List<LogLogLine> draws)
    {
        var (a, b) = (draws.Average(l => Math.Log(l.Coefficient)), draws.Average(l => l.Exponent));
        double Mean(Func<LogLogLine, double> product) => draws.Sum(product) / (draws.Count - 1);
        var aa = Mean(l => Math.Pow(Math.Log(l.Coefficient) - a, 2));
        var ab = Mean(l => (Math.Log(l.Coefficient) - a) * (l.Exponent - b));
        var bb = Mean(l => Math.Pow(l.Exponent - b, 2));
        return
        [
            [aa, ab],
            [ab, bb],
        ];
    }
}
