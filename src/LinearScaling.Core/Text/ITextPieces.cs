namespace LinearScaling.Text;

/// <summary>The part of a tokenizer between text without added tokens and ids.</summary>
internal interface ITextPieces
{
    void Encode(ReadOnlySpan<char> text, List<int> ids);

    /// <summary>The bytes an id stands for; none where it stands for no text.</summary>
    ReadOnlySpan<byte> Bytes(int id);
}
