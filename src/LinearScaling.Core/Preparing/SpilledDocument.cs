using LinearScaling.Shards;

namespace LinearScaling.Preparing;

/// <summary>A tokenized document on its way to its shard.</summary>
/// <param name="Order">Its place in the global shuffle: it decides the shard, and the place in it.</param>
/// <param name="Hash">XxHash128 of its text; the smallest are held out.</param>
/// <param name="Part">Ordinal of its input part.</param>
/// <param name="Index">Its number in the part.</param>
internal readonly record struct SpilledDocument(
    ulong Order,
    UInt128 Hash,
    int Part,
    int Index,
    TokenizedDocument Document
) : IComparable<SpilledDocument>
{
    /// <summary>Bytes of its record in a spill file, before its tokens.</summary>
    public const int HeaderBytes = 8 + 16 + 4 + 4 + 4 + 4;

    /// <summary>Shards divide the range of <see cref="Order"/> evenly.</summary>
    public int Shard(int numShards) => (int)Math.BigMul(Order, (ulong)numShards, out _);

    public int CompareTo(SpilledDocument other) =>
        (Order, Hash, Part, Index).CompareTo((other.Order, other.Hash, other.Part, other.Index));
}

/// <summary>A document that may be held out.</summary>
/// <param name="Offset">Where its record begins in its spill file.</param>
internal readonly record struct Candidate(UInt128 Hash, int TextBytes, long Offset);
