namespace LinearScaling.Laws.Scheduled;

/// <summary>The sums of Tissue et al.'s law (arXiv 2408.11029): S1 of the rates, S2 of the annealing's momentum m(i) =
/// decay m(i - 1) + rate(i - 1) - rate(i). During the warm-up the rate counts as its peak in both.</summary>
internal sealed class AnnealingSums
{
    /// <summary>The decay of the momentum, a step: 0.999 in the authors' fits.</summary>
    public const double Decay = 0.999;

    private readonly double[] rates;
    private readonly double[] positions;
    private readonly (double Sum, double Momentum, double Area)[] known;

    /// <param name="warmedUp">Index of the first rate at the peak.</param>
    public AnnealingSums(double[] positions, double[] rates, int warmedUp)
    {
        this.positions = positions;
        this.rates = [.. rates.Select((r, i) => i < warmedUp ? rates[warmedUp] : r)];
        known = new (double, double, double)[rates.Length];
        known[0] = (positions[0] * this.rates[0], 0, 0);
        for (var i = 1; i < known.Length; i++)
            known[i] = After(i - 1, positions[i] - positions[i - 1]);
    }

    /// <param name="i">The segment.</param>
    /// <param name="steps">How far into it.</param>
    public (double Sum, double Area) At(int i, double steps)
    {
        var (sum, _, area) = After(i, steps);
        return (sum, area);
    }

    /// <summary>Both sums after so many steps of a segment, each with an equal change: geometric series.</summary>
    private (double Sum, double Momentum, double Area) After(int i, double steps)
    {
        var (sum, momentum, area) = known[i];
        var slope = (rates[i + 1] - rates[i]) / (positions[i + 1] - positions[i]);
        var left = Math.Pow(Decay, steps);
        var series = Decay * (1 - left) / (1 - Decay); // of decay^1 ... decay^steps
        return (
            sum + steps * rates[i] + slope * 0.5 * steps * (steps + 1),
            momentum * left - slope * (1 - left) / (1 - Decay),
            area + momentum * series - slope * (steps - series) / (1 - Decay)
        );
    }
}
