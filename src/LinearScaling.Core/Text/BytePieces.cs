using System.Buffers;
using System.Text;
using LinearScaling.Text.Splitting;

namespace LinearScaling.Text;

/// <summary>Byte-level BPE: text is cut into pieces, and the UTF-8 bytes of each piece are merged.</summary>
internal sealed class BytePieces : ITextPieces
{
    private readonly Splitter splitter;
    private readonly BytePairs pairs;
    private readonly int?[] byteIds = new int?[256]; // null: the vocabulary lacks it
    private readonly BpeModel model;
    private readonly byte[][] bytesOf;
    private readonly Dictionary<string, int>? whole;
    private readonly PieceCache cache;

    public BytePieces(Splitter splitter, BpeModel model)
    {
        this.splitter = splitter;
        this.model = model;
        pairs = new(model.Merges);
        cache = new(Merge);
        bytesOf = new byte[model.Vocab.Values.Max() + 1][];
        foreach (var (token, id) in model.Vocab)
        {
            bytesOf[id] = ByteAlphabet.Bytes(token);
            if (bytesOf[id] is [var single])
                byteIds[single] = id;
        }
        whole = model.IgnoreMerges
            ? model.Vocab.ToDictionary(t => Encoding.Latin1.GetString(bytesOf[t.Value]), t => t.Value)
            : null;
    }

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        for (var start = 0; start < text.Length; )
        {
            var end = splitter.End(text, start);
            cache.Encode(text[start..end], ids);
            start = end;
        }
    }

    public ReadOnlySpan<byte> Bytes(int id) => id >= 0 && id < bytesOf.Length ? bytesOf[id] : default;

    private int[] Merge(ReadOnlySpan<char> piece)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(3 * piece.Length);
        var length = Encoding.UTF8.GetBytes(piece, bytes);
        int[] ids;
        if (whole is not null && whole.TryGetValue(Encoding.Latin1.GetString(bytes, 0, length), out var id))
            ids = [id];
        else
        {
            var symbols = new SymbolList(length, model.Unknown, model.FuseUnknown);
            foreach (var b in bytes.AsSpan(0, length))
                symbols.Add(byteIds[b]);
            ids = symbols.Merge(pairs);
        }
        ArrayPool<byte>.Shared.Return(bytes);
        return ids;
    }
}

/// <summary>GPT-2's printable stand-ins for bytes: visible Latin-1 characters for themselves, the other bytes from
/// U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly Dictionary<char, byte> ByteOfChar = Make();

    public static byte[] Bytes(string token)
    {
        var result = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
            if (!ByteOfChar.TryGetValue(token[i], out result[i]))
                return Encoding.UTF8.GetBytes(token); // an added token, which is written as it is
        return result;
    }

    private static Dictionary<char, byte> Make()
    {
        var map = new Dictionary<char, byte>();
        var hidden = (char)0x100;
        for (var b = 0; b < 256; b++)
            map[b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : hidden++] = (byte)b;
        return map;
    }
}
