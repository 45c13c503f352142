using System.IO.Hashing;
using System.Runtime.InteropServices;
using LinearScaling.Files;

namespace LinearScaling.Shards;

/// <summary>The documents of one row group: their tokens one after the other, and where each starts.</summary>
/// <param name="Tokens">Tokens of all documents.</param>
/// <param name="Starts">Index of each document's first token; ascending, the first is 0.</param>
internal readonly record struct RowGroup(ReadOnlyMemory<int> Tokens, ReadOnlyMemory<int> Starts)
{
    /// <summary>XxHash128 over starts and tokens, both as little-endian 32-bit integers.</summary>
    public string Checksum()
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(Starts.Span));
        hash.Append(MemoryMarshal.AsBytes(Tokens.Span));
        return hash.ToHex();
    }

    public ReadOnlySpan<int> Document(int index) =>
        Tokens.Span[Starts.Span[index]..(index + 1 < Starts.Length ? Starts.Span[index + 1] : Tokens.Length)];

    /// <summary>Writes the tokens as training reads them: every document followed by
    /// <paramref name="endOfText"/>.</summary>
    /// <param name="joined">Room for the tokens of all documents and one more each.</param>
    public void Join(int endOfText, Span<int> joined)
    {
        for (var d = 0; d < Starts.Length; d++)
        {
            var document = Document(d);
            document.CopyTo(joined);
            joined[document.Length] = endOfText;
            joined = joined[(document.Length + 1)..];
        }
    }
}
