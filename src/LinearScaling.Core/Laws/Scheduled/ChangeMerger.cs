namespace LinearScaling.Laws.Scheduled;

/// <summary>A change of the learning rate, or several that are alike to a law.</summary>
/// <param name="Change">By how much the rate changed, negative where it fell.</param>
/// <param name="Rate">The rate after it.</param>
/// <param name="Ahead">The sum of the rates from there to the point that it is seen from.</param>
internal readonly record struct RateChange(double Change, double Rate, double Ahead);

/// <summary>Merges changes of one direction, given from the last to the first, while neither the rate nor the sum ahead
/// differs much: what a law makes of a change depends smoothly on both their logarithms.</summary>
/// <remarks>Blocks therefore grow geometrically back from the point: some 80 in place of a change a step. Each stands
/// at the mean of its changes, so that what is lost is of second order.</remarks>
internal sealed class ChangeMerger
{
    /// <summary>Largest ratio of the sums ahead within a block.</summary>
    public const double Ahead = 1.15;

    /// <summary>Largest ratio of the rates within a block.</summary>
    public const double Rate = 1.1;

    private const double Least = 1e-30;

    private readonly List<RateChange> blocks = [];
    private double change,
        rate,
        ahead;
    private RateChange first;

    /// <summary>Whether two amounts differ by no more than a factor.</summary>
    public static bool IsNear(double a, double b, double factor) =>
        Math.Max(a, Least) <= factor * Math.Max(b, Least) && Math.Max(b, Least) <= factor * Math.Max(a, Least);

    public void Add(double by, double after, double sum)
    {
        if (
            change != 0
            && (
                Math.Sign(by) != Math.Sign(change)
                || !IsNear(first.Ahead, sum, Ahead)
                || !IsNear(first.Rate, after, Rate)
            )
        )
            Close();
        if (change == 0)
            first = new(by, after, sum);
        change += by;
        rate += by * after;
        ahead += by * sum;
    }

    public IReadOnlyList<RateChange> End()
    {
        Close();
        return blocks;
    }

    private void Close()
    {
        if (change != 0)
            blocks.Add(new(change, Math.Max(rate / change, Least), Math.Max(ahead / change, Least)));
        (change, rate, ahead) = (0, 0, 0);
    }
}
