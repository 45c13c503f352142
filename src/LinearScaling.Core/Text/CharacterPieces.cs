using System.Globalization;
using System.Text;

namespace LinearScaling.Text;

/// <summary>SentencePiece's BPE as LLaMA has it: characters are merged, spaces written U+2581, characters without a token become their bytes' tokens.</summary>
internal sealed class CharacterPieces : ITextPieces
{
    private readonly BytePairs pairs;
    private readonly Dictionary<string, int> vocab;
    private readonly byte[][] bytesOf;
    private readonly int[] byteIds = new int[256];

    public CharacterPieces(BpeSection model)
    {
        pairs = new(model.Pairs());
        vocab = new(model.Vocab);
        bytesOf = new byte[vocab.Values.Max() + 1][];
        foreach (var (token, id) in vocab)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && byte.TryParse(token.AsSpan(3, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value))
            {
                byteIds[value] = id;
                bytesOf[id] = [value];
            }
            else
                bytesOf[id] = Encoding.UTF8.GetBytes(token.Replace('\u2581', ' '));
        }
    }

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        var symbols = new List<int>(text.Length);
        var lookup = vocab.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<byte> utf8 = stackalloc byte[4];
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (lookup.TryGetValue(units[..rune.EncodeToUtf16(units)], out var id))
                symbols.Add(id);
            else
                foreach (var b in utf8[..rune.EncodeToUtf8(utf8)])
                    symbols.Add(byteIds[b]);
        }
        var span = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(symbols);
        ids.AddRange(span[..pairs.Merge(span)]);
    }

    public ReadOnlySpan<byte> Bytes(int id) => id >= 0 && id < bytesOf.Length ? bytesOf[id] : default;
}
