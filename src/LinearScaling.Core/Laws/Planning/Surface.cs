using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Planning;

/// <summary>One surface L(N, D), which falls in both: a form with its coefficients.</summary>
internal sealed class Surface
{
    /// <summary>ln of an amount of parameters or tokens that leaves nothing of their term.</summary>
    private const double Unlimited = 600;

    private readonly LawForm form;
    private readonly double[] p;
    private readonly double[] gradient;
    private readonly Observation anywhere = Observation.At(1, 1, 0);

    public Surface(LawForm form, IReadOnlyList<double> coefficients)
    {
        this.form = form;
        p = form.ToFitSpace(coefficients);
        gradient = new double[p.Length];
        Least = Loss(Math.Exp(Unlimited), Math.Exp(Unlimited));
    }

    /// <summary>The loss of unlimited parameters and tokens.</summary>
    public double Least { get; }

    public double Loss(double n, double d) => form.Value(p, anywhere with { N = n, D = d }, gradient);

    /// <summary>The N and D with the least loss over all whose training and serving cost
    /// <paramref name="flops"/>.</summary>
    /// <remarks>In closed form where the form knows its two terms and nothing is served; otherwise by bisection on the
    /// slope along constant compute, which rises through 0 once.</remarks>
    public (double N, double D, double Loss) Spend(double flops, LifetimeCompute compute)
    {
        if (compute.Served == 0 && form.Terms(p)?.OptimalLogN(flops, compute.Rule) is { } logN && Within(logN, flops))
        {
            var size = Math.Exp(logN);
            return (size, compute.Tokens(flops, size), Loss(size, compute.Tokens(flops, size)));
        }
        double At(double logD) => Loss(compute.Parameters(flops, Math.Exp(logD)), Math.Exp(logD));
        const double h = 1e-4;
        double Slope(double logD) => At(logD + h) - At(logD - h);
        // N and D may be in any unit: from equal amounts of both the bracket grows until the slope changes its sign.
        var (low, high) = (0.5 * Math.Log(flops), 0.5 * Math.Log(flops));
        for (var step = 1.0; step <= 64 && Slope(low) >= 0; step *= 2)
            low -= step;
        for (var step = 1.0; step <= 64 && Slope(high) < 0; step *= 2)
            high += step;
        for (var i = 0; i < 200 && high - low > 1e-13; i++)
        {
            var middle = 0.5 * (low + high);
            if (Slope(middle) < 0)
                low = middle;
            else
                high = middle;
        }
        var d = Math.Exp(0.5 * (low + high));
        var n = compute.Parameters(flops, d);
        return (n, d, Loss(n, d));
    }

    /// <summary>The N and D of least training and serving compute whose loss is <paramref name="loss"/>, and that
    /// compute; all infinite where no amount of it reaches that loss.</summary>
    /// <remarks>The least loss of a budget falls as the budget rises, so that the budget whose least loss is the wanted
    /// one is the least that reaches it.</remarks>
    public (double N, double D, double Flops) Reach(double loss, LifetimeCompute compute)
    {
        var flops = Math.Exp(Fallen(l => Spend(Math.Exp(l), compute).Loss - Least, loss - Least));
        if (!double.IsFinite(flops))
            return (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        var (n, d, _) = Spend(flops, compute);
        return (n, d, flops);
    }

    /// <summary>Training tokens with which N parameters reach a loss; infinite where they never do.</summary>
    public double TokensFor(double loss, double n)
    {
        var least = Loss(n, Math.Exp(Unlimited));
        return Math.Exp(Fallen(logD => Loss(n, Math.Exp(logD)) - least, loss - least));
    }

    /// <summary>Where an optimum is one of this budget at all, and not the sign of an exponent near 0: as far as the
    /// bisection looks.</summary>
    private static bool Within(double logN, double flops) => Math.Abs(logN - 0.5 * Math.Log(flops)) < 127;

    /// <summary>The logarithm at which an excess that falls to 0 has come down to a wanted one; infinite where it does
    /// not. Logarithms of both make nearly a straight line of it.</summary>
    private static double Fallen(Func<double, double> excess, double wanted)
    {
        if (!(wanted > 0))
            return double.PositiveInfinity;
        double Above(double at) => Math.Log(Math.Max(excess(at), double.Epsilon)) - Math.Log(wanted);
        var (low, high) = (0.0, 0.0);
        for (var step = 1.0; step < 512 && Above(low) <= 0; step *= 2)
            (low, high) = (low - step, low);
        for (var step = 1.0; step < 512 && Above(high) > 0; step *= 2)
            (low, high) = (high, high + step);
        return Above(high) > 0 ? double.PositiveInfinity : BracketedRoot.Find(Above, low, high);
    }
}
