using System.Runtime.InteropServices;

namespace LinearScaling.Text;

/// <summary>The ids of a piece before merging, as the Hugging Face library makes them: where the vocabulary lacks one,
/// the unknown token, or nothing.</summary>
/// <param name="unknown">The unknown token, or null.</param>
/// <param name="fuse">Whether unknowns in a row are one token.</param>
internal ref struct SymbolList(int capacity, int? unknown, bool fuse)
{
    private readonly List<int> ids = new(capacity);
    private bool afterUnknown;

    public void Add(int? id)
    {
        if (id is { } known)
            ids.Add(known);
        else if (unknown is { } stand && !(fuse && afterUnknown))
            ids.Add(stand);
        afterUnknown = id is null;
    }

    public readonly int[] Merge(BytePairs pairs)
    {
        var span = CollectionsMarshal.AsSpan(ids);
        return [.. span[..pairs.Merge(span)]];
    }
}
