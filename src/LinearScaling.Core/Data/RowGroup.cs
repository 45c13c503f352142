using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace LinearScaling.Data;

/// <summary>The documents of one row group: their tokens one after the other, and where each starts.</summary>
/// <param name="Tokens">Tokens of all documents.</param>
/// <param name="Starts">Index of each document's first token; ascending, the first is 0.</param>
internal sealed record RowGroup(int[] Tokens, int[] Starts)
{
    /// <summary>XxHash128 over starts and tokens, both as little-endian 32-bit integers.</summary>
    public string Checksum()
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes<int>(Starts));
        hash.Append(MemoryMarshal.AsBytes<int>(Tokens));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    public ReadOnlySpan<int> Document(int index) =>
        Tokens.AsSpan(Starts[index]..(index + 1 < Starts.Length ? Starts[index + 1] : Tokens.Length));

    /// <summary>The tokens as training reads them: every document followed by <paramref name="endOfText"/>.</summary>
    public int[] Join(int endOfText)
    {
        var joined = new int[Tokens.Length + Starts.Length];
        for (var d = 0; d < Starts.Length; d++)
        {
            var document = Document(d);
            document.CopyTo(joined.AsSpan(Starts[d] + d));
            joined[Starts[d] + document.Length + d] = endOfText;
        }
        return joined;
    }
}
