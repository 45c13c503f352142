using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Laws.Links;

/// <summary>The second step: a metric as a function of the loss.</summary>
/// <param name="Draws">Coefficients of both steps, each pair refitted to the same resampled runs.</param>
/// <param name="Failed">Draws with too few different rows for either step.</param>
/// <param name="HeldOut">How well both steps predict the top half-decade without it.</param>
public sealed record MetricLink(
    string Metric,
    ParametricFit Fit,
    IReadOnlyList<(double[] Surface, double[] Link)> Draws,
    int Failed,
    TwoStepHoldOut? HeldOut,
    IReadOnlyList<Caution> Cautions
)
{
    public LawForm Form => Fit.Form;

    /// <summary>The link's own draws: the spread of its coefficients.</summary>
    public Bootstrap Bootstrap { get; } = new([.. Draws.Select(d => d.Link)], Failed);

    /// <summary>The metric at a loss.</summary>
    public double At(double loss) => LinkLaw.Value(Form, Fit.Coefficients, loss);

    /// <summary>As it is saved beside the law of the loss.</summary>
    public LinkLaw ToLaw()
    {
        Dictionary<string, T> By<T>(Func<int, T> value) =>
            Form.Parameters.Select((q, k) => (q.Name, Value: value(k))).ToDictionary(q => q.Name, q => q.Value);
        var drawn = Draws.Count >= 20;
        return new(
            Metric,
            Form.Name,
            Form.Equation,
            By(k => Fit.Coefficients[k]),
            drawn ? By(k => Bootstrap.Interval(k)!) : [],
            drawn ? By(Bootstrap.StandardError) : [],
            Fit.Problem.Loss.Description,
            Fit.Objective,
            Fit.RSquared,
            Fit.Problem.Points.Count,
            HeldOut,
            [.. LinkLaw.Thinned(Draws).Select(d => new JointDraw(d.Surface, d.Link))],
            Cautions
        );
    }
}
