using System.Collections.Concurrent;

namespace LinearScaling.Text;

/// <summary>The ids of short pieces that occurred before, as most words of a text did: looking one up is many times
/// faster than merging it.</summary>
/// <param name="merge">The ids of a piece that is not known.</param>
internal sealed class PieceCache(PieceCache.Merge merge)
{
    private const int MostPieces = 1 << 18;

    private const int LongestPiece = 32;

    private readonly ConcurrentDictionary<string, int[]> known = new();
    private int count;

    public delegate int[] Merge(ReadOnlySpan<char> piece);

    public void Encode(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(piece, out var before))
        {
            ids.AddRange(before);
            return;
        }
        var made = merge(piece);
        ids.AddRange(made);
        if (piece.Length <= LongestPiece && Interlocked.Increment(ref count) <= MostPieces)
            known.TryAdd(piece.ToString(), made);
    }
}
