namespace LinearScaling.Torch.Collectives;

/// <summary>How a flat buffer is divided among ranks.</summary>
public static class Slices
{
    /// <summary>A slice is a multiple of so many elements: whole cache lines of any type, so that a vectorised kernel
    /// computes the same bits on slices as on the whole.</summary>
    private const long Alignment = 64;

    /// <summary>Elements of each rank's slice but the last ones, which may be shorter or empty.</summary>
    public static long Length(long elements, int ranks) =>
        ranks == 1 ? elements : (elements + ranks * Alignment - 1) / (ranks * Alignment) * Alignment;

    /// <summary>The elements that a rank owns.</summary>
    public static (long Start, long Count) Range(long elements, long slice, int rank)
    {
        var start = Math.Min(rank * slice, elements);
        return (start, Math.Min(slice, elements - start));
    }
}
