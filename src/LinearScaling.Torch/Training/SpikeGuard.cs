namespace LinearScaling.Torch.Training;

/// <summary>Tells a spike from the steps before it (as OLMo-core's skip-step optimizers do): a value more than so many
/// standard deviations above the mean of a window.</summary>
/// <param name="ZScore">How many.</param>
/// <param name="Window">Values compared with; until half of them are there nothing is a spike.</param>
public sealed record SpikeGuard(double ZScore, int Window)
{
    /// <param name="before">The values before, oldest first.</param>
    public bool IsSpike(double value, IReadOnlyList<double> before)
    {
        if (before.Count < Math.Max(2, Window / 2))
            return false;
        var mean = before.Average();
        var deviation = Math.Sqrt(before.Sum(b => (b - mean) * (b - mean)) / (before.Count - 1));
        return value > mean + ZScore * deviation;
    }

    /// <summary>The window once <paramref name="value"/> has been seen: spikes belong to it too, so that a new level is
    /// accepted in time.</summary>
    public IReadOnlyList<double> Add(IReadOnlyList<double> before, double value) =>
        [.. before.TakeLast(Window - 1), value];
}
