using System.Globalization;
using System.Runtime.CompilerServices;

namespace LinearScaling.Laws.Parametric;

/// <summary>What a fit minimises: a sum, never a mean, of residual losses.</summary>
/// <remarks>Hoffmann et al. took the mean, whose small gradients stopped their optimiser early (Besiroglu et al., arXiv
/// 2404.10102).</remarks>
/// <param name="Log">Residuals are ln y - ln f; otherwise y - f.</param>
/// <param name="Delta">Where Huber's loss (r^2/2, then linear) bends; null means squared residuals r^2.</param>
/// <param name="Overestimates">How many times as much a residual costs where the law lies above the point.</param>
public sealed record FitLoss(bool Log, double? Delta, double Overestimates = 1)
{
    private const double DefaultDelta = 1e-3;

    /// <summary>Huber with delta 1e-3 on logarithms, as in Hoffmann et al. and Besiroglu et al.</summary>
    public static FitLoss LogHuber { get; } = new(true, DefaultDelta);

    /// <summary>Huber with delta 1e-3 on the metric itself.</summary>
    public static FitLoss Huber { get; } = new(false, DefaultDelta);

    public static FitLoss LogSquared { get; } = new(true, null);

    public static FitLoss Squared { get; } = new(false, null);

    /// <summary>Huber on logarithms where overestimates cost ten times as much: the fit then runs along the lower edge
    /// of the points, the least loss that a budget can reach, and runs that went wrong lift it little. The weight is
    /// that of kyo-takano/chinchilla, which gives it to absolute errors.</summary>
    public static FitLoss Asymmetric { get; } = new(true, DefaultDelta, 10);

    /// <summary>By the name that <c>--loss</c> takes.</summary>
    public static IReadOnlyDictionary<string, FitLoss> Named { get; } =
        new Dictionary<string, FitLoss>
        {
            ["log-huber"] = LogHuber,
            ["huber"] = Huber,
            ["log-squared"] = LogSquared,
            ["squared"] = Squared,
            ["asymmetric"] = Asymmetric,
        };

    public string Description =>
        (
            Delta is { } d
                ? string.Create(CultureInfo.InvariantCulture, $"Huber (delta {d:0.######e+0})")
                : "squared residuals"
        )
        + (Log ? " of ln y" : " of y")
        + (
            Overestimates == 1
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $", overestimates times {Overestimates:0.######}")
        )
        + ", summed";

    /// <returns>The loss of residual <paramref name="r"/> and its derivative.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (double Value, double Slope) Evaluate(double r)
    {
        var w = r < 0 ? Overestimates : 1;
        return Delta is not { } delta ? (w * r * r, 2 * w * r)
            : Math.Abs(r) <= delta ? (0.5 * w * r * r, w * r)
            : (w * delta * (Math.Abs(r) - 0.5 * delta), w * Math.CopySign(delta, r));
    }

    /// <summary>The absolute residual that Huber's loss becomes as its delta falls.</summary>
    internal double Absolute(double r) => r < 0 ? -Overestimates * r : r;

    /// <returns>The second derivative of the loss of residual <paramref name="r"/>, and the weight of a square that has
    /// the same slope there.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal (double Second, double Square) Curvature(double r)
    {
        var w = r < 0 ? Overestimates : 1;
        return Delta is not { } delta ? (2 * w, 2 * w)
            : Math.Abs(r) <= delta ? (w, w)
            : (0, w * delta / Math.Abs(r));
    }
}
