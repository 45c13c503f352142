using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Planning;

/// <summary>A law that is a surface L(N, D), to plan by: the fit, and surfaces drawn from what it leaves
/// possible.</summary>
/// <param name="Name">The law's name, for messages.</param>
/// <param name="Draws">Coefficients, each set as probable as any other; empty where the law has no covariance.</param>
/// <param name="Rule">Training FLOPs of N and D.</param>
public sealed record LawSurface(
    string Name,
    LawForm Form,
    IReadOnlyList<double> Coefficients,
    IReadOnlyList<double[]> Draws,
    FlopsRule Rule
)
{
    /// <summary>The loss that no parameters and no tokens go below.</summary>
    public double LeastLoss => Fitted.Least;

    internal Surface Fitted => new(Form, Coefficients);

    /// <summary>The predicted loss of N parameters trained on D tokens.</summary>
    public double Loss(double n, double d) => Fitted.Loss(n, d);

    /// <summary>A figure by each drawn surface.</summary>
    internal T[] Drawn<T>(Func<Surface, T> figure)
    {
        var figures = new T[Draws.Count];
        Parallel.For(0, figures.Length, i => figures[i] = figure(new(Form, Draws[i])));
        return figures;
    }

    /// <summary>The 95 % interval of draws of which some may be infinite; null with fewer than 20.</summary>
    /// <remarks>To leave infinite draws out would promise what only the others keep.</remarks>
    internal static Interval? Span(IEnumerable<double> draws)
    {
        const double beyond = 1e300; // stands in for infinity, from which nothing can be interpolated
        static double Open(double v) => v > 1e290 ? double.PositiveInfinity : v;
        var found = Interval.Percentile(draws.Select(v => double.IsPositiveInfinity(v) ? beyond : v));
        return found is null ? null : new(Open(found.Low), Open(found.High));
    }
}
