using System.Text;
using LinearScaling.Files;

namespace LinearScaling.Text;

/// <summary>A SentencePiece BPE <c>tokenizer.model</c>, such as LLaMA's.</summary>
/// <remarks>
/// Microsoft.ML.Tokenizers reads these files too, but gives no id at all for a text of one character and keeps white
/// space that SentencePiece drops; ids are checked against SentencePiece's own.
/// </remarks>
public sealed record SentencePieceTokenizer : Tokenizer
{
    private const char Space = '\u2581';

    private readonly string path;
    private readonly SentencePieceFile file;
    private readonly CharacterPieces pieces;
    private readonly AddedTokens userDefined;

    /// <param name="path">The tokenizer.model.</param>
    public SentencePieceTokenizer(string path)
    {
        this.path = Path.GetFullPath(path);
        file = SentencePieceFile.Read(path);
        Hash = Checksum.ComputeFile(path);
        var vocab = new Dictionary<string, int>();
        var added = new List<AddedToken>();
        for (var id = 0; id < file.Pieces.Count; id++)
            if (file.Pieces[id].Type is PieceType.Normal or PieceType.Byte)
                vocab.TryAdd(file.Pieces[id].Text, id);
            else if (file.Pieces[id].Type == PieceType.UserDefined)
                added.Add(new(id, file.Pieces[id].Text, Special: false));
        userDefined = new(added);
        var unknown = file.Pieces.FindIndex(p => p.Type == PieceType.Unknown);
        pieces = new(vocab, Pairs(vocab), byteFallback: true, unknown >= 0 ? unknown : null, fuseUnknown: true);
    }

    public override string Name => path;

    public override string Label =>
        Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder ? folder : "sentencepiece";

    public override string Hash { get; }

    public override int VocabSize => file.Pieces.Count;

    public override int EndOfText => file.EosId;

    public override int? BosId => file.BosId >= 0 ? file.BosId : null;

    public override bool IsLossless => false; // a space and U+2581 are one character to it

    public override int[] Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        userDefined.Encode(Normalize(text), pieces.Encode, ids);
        return [.. ids];
    }

    public override string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>(4 * ids.Length);
        foreach (var id in ids)
            if (userDefined.Text(id) is { } text)
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Replace(Space, ' ')));
            else
                bytes.AddRange(pieces.Bytes(id));
        var start = file.AddDummyPrefix && bytes is [(byte)' ', ..] ? 1 : 0;
        return Encoding.UTF8.GetString([.. bytes], start, bytes.Count - start);
    }

    internal override string CopyTo(string directory)
    {
        DurableFile.Copy(path, Path.Combine(directory, "tokenizer.model"));
        return "tokenizer.model";
    }

    /// <summary>White space as SentencePiece's normalizer leaves it.</summary>
    private string Normalize(string text)
    {
        if (file.RemoveExtraWhitespaces)
        {
            var kept = new StringBuilder(text.Length);
            foreach (var unit in text.AsSpan().TrimStart(' '))
                if (unit != ' ' || kept[^1] != ' ')
                    kept.Append(unit);
            text = kept.ToString().TrimEnd(' ', Space);
        }
        if (text.Length == 0)
            return text;
        return (file.AddDummyPrefix ? " " + text : text).Replace(' ', Space);
    }

    /// <summary>Every way to put a piece together from two others; the piece of the highest score is made first, the
    /// leftmost of equals.</summary>
    private Dictionary<(int, int), (int, int)> Pairs(Dictionary<string, int> vocab)
    {
        var ranks = vocab
            .Values.Select(id => file.Pieces[id].Score)
            .Distinct()
            .OrderDescending()
            .Select((score, rank) => (score, rank))
            .ToDictionary();
        var pairs = new Dictionary<(int, int), (int, int)>();
        var lookup = vocab.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (text, id) in vocab.Where(v => file.Pieces[v.Value].Type == PieceType.Normal))
            for (var cut = 1; cut < text.Length; cut++)
                if (
                    lookup.TryGetValue(text.AsSpan(..cut), out var left)
                    && lookup.TryGetValue(text.AsSpan(cut), out var right)
                )
                    pairs[(left, right)] = (ranks[file.Pieces[id].Score], id);
        return pairs;
    }
}
