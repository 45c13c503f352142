using System.Runtime.CompilerServices;

namespace LinearScaling.Laws.Parametric;

/// <summary>What a fit minimises: a sum, never a mean, of residual losses.</summary>
/// <remarks>Hoffmann et al. took the mean, whose small gradients stopped their optimiser early (Besiroglu et al., arXiv
/// 2404.10102).</remarks>
/// <param name="Log">Residuals are ln y - ln f; otherwise y - f.</param>
/// <param name="Delta">Where Huber's loss (r^2/2, then linear) bends; null means squared residuals r^2.</param>
public sealed record FitLoss(bool Log, double? Delta)
{
    /// <summary>Huber with delta 1e-3 on logarithms, as in Hoffmann et al. and Besiroglu et al.</summary>
    public static FitLoss LogHuber { get; } = new(true, 1e-3);

    public static FitLoss LogSquared { get; } = new(true, null);

    public static FitLoss Squared { get; } = new(false, null);

    public string Description =>
        (
            Delta is { } d
                ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Huber (delta {d:0.######e+0})")
                : "squared residuals"
        ) + (Log ? " of ln y, summed" : " of y, summed");

    /// <returns>The loss of residual <paramref name="r"/> and its derivative.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (double Value, double Slope) Evaluate(double r) =>
        Delta is not { } delta ? (r * r, 2 * r)
        : Math.Abs(r) <= delta ? (0.5 * r * r, r)
        : (delta * (Math.Abs(r) - 0.5 * delta), Math.CopySign(delta, r));

    /// <returns>The second derivative of the loss of residual <paramref name="r"/>, and the weight of a square that has
    /// the same slope there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal (double Second, double Square) Curvature(double r) =>
        Delta is not { } delta ? (2, 2)
        : Math.Abs(r) <= delta ? (1, 1)
        : (0, delta / Math.Abs(r));
}
