using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Planning;

/// <summary>The compute of a model's whole life, training and serving.</summary>
/// <remarks>
/// Sardana et al., arXiv 2401.00448, eq. 2: 6 N D + 2 N x tokens served. A served token has no backward pass, and costs
/// a third of a trained one under every convention.
/// </remarks>
/// <param name="Rule">FLOPs of training.</param>
/// <param name="Served">Tokens to be served over the model's life, prompts and answers.</param>
public sealed record LifetimeCompute(FlopsRule Rule, double Served)
{
    private const double TrainingOverServing = 3;

    /// <summary>FLOPs of training N parameters on D tokens.</summary>
    public double Training(double n, double d) => Rule.Flops(n, d);

    /// <summary>FLOPs of serving with N parameters.</summary>
    public double Serving(double n) => Rule.Flops(n, Served / TrainingOverServing);

    /// <summary>FLOPs of both.</summary>
    public double Total(double n, double d) => Rule.Flops(n, d + Served / TrainingOverServing);

    /// <summary>Training tokens for N parameters that a budget leaves; not positive where serving takes all of
    /// it.</summary>
    public double Tokens(double flops, double n) => Rule.Tokens(flops, n) - Served / TrainingOverServing;

    /// <summary>Parameters that a budget leaves for D training tokens.</summary>
    public double Parameters(double flops, double d) =>
        Math.Pow(flops / (Rule.Coefficient * (d + Served / TrainingOverServing)), 1 / Rule.Exponent);
}
