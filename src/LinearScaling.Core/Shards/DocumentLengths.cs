namespace LinearScaling.Shards;

/// <summary>How long the documents of a sample are, in tokens.</summary>
public sealed record DocumentLengths(int Documents, int Min, int Median, double Mean, int P90, int Max)
{
    internal static DocumentLengths Encode(IEnumerable<int> lengths)
    {
        var sorted = lengths.Order().ToList();
        return new(
            sorted.Count,
            sorted[0],
            sorted[sorted.Count / 2],
            sorted.Average(),
            sorted[(int)(0.9 * (sorted.Count - 1))],
            sorted[^1]
        );
    }
}
