using System.Globalization;
using System.Text;

namespace LinearScaling.Text;

/// <summary>SentencePiece's BPE as LLaMA has it: characters are merged, spaces written U+2581, characters without a
/// token become their bytes' tokens.</summary>
internal sealed class CharacterPieces : ITextPieces
{
    private const char Space = '\u2581';

    private readonly BytePairs pairs;
    private readonly Dictionary<string, int> vocab;
    private readonly byte[][] bytesOf;
    private readonly int?[] byteIds = new int?[256]; // null: the vocabulary lacks it
    private readonly int? unknown;
    private readonly bool fuseUnknown;
    private readonly PieceCache cache;

    /// <summary>No token has a space after another character, so no merge crosses a word's beginning, and words can be
    /// merged one by one.</summary>
    private readonly bool endsBeforeSpace;

    /// <param name="merges">Rank and resulting id of each pair of ids.</param>
    /// <param name="byteFallback">Whether characters without a token become their bytes' tokens.</param>
    /// <param name="unknown">Stands for characters without any token; null: they are left out.</param>
    /// <param name="fuseUnknown">Whether unknowns in a row are one token.</param>
    public CharacterPieces(
        IReadOnlyDictionary<string, int> tokens,
        Dictionary<(int Left, int Right), (int Rank, int Id)> merges,
        bool byteFallback,
        int? unknown,
        bool fuseUnknown
    )
    {
        (this.unknown, this.fuseUnknown) = (unknown, fuseUnknown);
        pairs = new(merges);
        cache = new(Merge);
        vocab = new(tokens);
        endsBeforeSpace = !vocab.Keys.Any(token => token.TrimStart(Space).Contains(Space));
        bytesOf = new byte[vocab.Values.Max() + 1][];
        foreach (var (token, id) in vocab)
        {
            if (
                token.Length == 6
                && token.StartsWith("<0x", StringComparison.Ordinal)
                && byte.TryParse(
                    token.AsSpan(3, 2),
                    NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture,
                    out var value
                )
            )
            {
                byteIds[value] = byteFallback ? id : null;
                bytesOf[id] = [value];
            }
            else
                bytesOf[id] = Encoding.UTF8.GetBytes(token.Replace(Space, ' '));
        }
    }

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        if (!endsBeforeSpace)
            cache.Encode(text, ids);
        else
            for (var start = 0; start < text.Length; )
            {
                var word = text[start..].IndexOfAnyExcept(Space) is >= 0 and var spaces ? start + spaces : text.Length;
                var end = text[word..].IndexOf(Space) is >= 0 and var letters ? word + letters : text.Length;
                cache.Encode(text[start..end], ids);
                start = end;
            }
    }

    public ReadOnlySpan<byte> Bytes(int id) => id >= 0 && id < bytesOf.Length ? bytesOf[id] : default;

    private int[] Merge(ReadOnlySpan<char> text)
    {
        var symbols = new SymbolList(text.Length, unknown, fuseUnknown);
        var lookup = vocab.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<byte> utf8 = stackalloc byte[4];
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (lookup.TryGetValue(units[..rune.EncodeToUtf16(units)], out var id))
                symbols.Add(id);
            else
            {
                var bytes = utf8[..rune.EncodeToUtf8(utf8)];
                if (HasAll(bytes))
                    foreach (var b in bytes)
                        symbols.Add(byteIds[b]);
                else
                    symbols.Add(null);
            }
        }
        return symbols.Merge(pairs);
    }

    private bool HasAll(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            if (byteIds[b] is null)
                return false;
        return true;
    }
}
