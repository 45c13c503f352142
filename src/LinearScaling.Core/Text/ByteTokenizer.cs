using System.Text;

namespace LinearScaling.Text;

/// <summary>UTF-8 bytes as ids 0 to 255, and 256 as end of text: nothing to learn and nothing to download.</summary>
public sealed record ByteTokenizer : Tokenizer
{
    public override string Name => "byte";

    public override string Hash => "utf8-bytes-257";

    public override int VocabSize => 257;

    public override int EndOfText => 256;

    public override int BytesPerToken => 1;

    public override int[] Encode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var ids = new int[bytes.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = bytes[i];
        return ids;
    }

    public override string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new byte[ids.Length];
        var length = 0;
        foreach (var id in ids)
            if (id is >= 0 and < 256) // end of text and padding rows of the embedding have no bytes
                bytes[length++] = (byte)id;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
