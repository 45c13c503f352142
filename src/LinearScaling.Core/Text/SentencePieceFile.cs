using Google.Protobuf;

namespace LinearScaling.Text;

/// <summary>The parts that lcs needs of a SentencePiece <c>tokenizer.model</c>: a protocol buffer of pieces, the
/// trainer's choices and the normalizer's.</summary>
/// <remarks>Field numbers and defaults are those of sentencepiece_model.proto.</remarks>
internal sealed class SentencePieceFile
{
    private const int Bpe = 2;

    private SentencePieceFile(string path)
    {
        var input = new CodedInputStream(File.ReadAllBytes(path));
        Fields(
            input,
            (field, at) =>
            {
                if (field == 1)
                    Pieces.Add(ReadPiece(at));
                else if (field == 2)
                    ReadTrainer(at);
                else if (field == 3)
                    ReadNormalizer(at);
                else
                    return false;
                return true;
            }
        );
    }

    /// <summary>The pieces by id.</summary>
    public List<Piece> Pieces { get; } = [];

    public int BosId { get; private set; } = 1;

    public int EosId { get; private set; } = 2;

    /// <summary>A space is put before the text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Spaces at both ends are dropped and runs of spaces become one.</summary>
    public bool RemoveExtraWhitespaces { get; private set; } = true;

    private int ModelType { get; set; } = 1;

    private bool ByteFallback { get; set; }

    private bool MapsCharacters { get; set; }

    /// <exception cref="LinearScalingException">It is none, or of a kind that would not give the reference's
    /// ids.</exception>
    public static SentencePieceFile Read(string path)
    {
        SentencePieceFile file;
        try
        {
            file = new(path);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new LinearScalingException($"{path}: not a SentencePiece model: {e.Message}", e);
        }
        var problem =
            !file.Pieces.Exists(p => p.Type is PieceType.Normal or PieceType.Byte && p.Text.Length > 0)
                ? "holds no pieces of text"
            : file.ModelType != Bpe ? "is not of the kind BPE"
            : !file.ByteFallback ? "has no byte fallback, so that text would be lost"
            : file.MapsCharacters ? "normalizes characters by a table of its own"
            : file.EosId < 0 || file.EosId >= file.Pieces.Count ? "has no end-of-text token"
            : null;
        return problem is null ? file : throw TokenizerMistakes.NotReadable(path, problem);
    }

    private static Piece ReadPiece(CodedInputStream input)
    {
        var (text, score, type) = ("", 0f, PieceType.Normal);
        Fields(
            input,
            (field, at) =>
            {
                if (field == 1)
                    text = at.ReadString();
                else if (field == 2)
                    score = at.ReadFloat();
                else if (field == 3)
                    type = (PieceType)at.ReadEnum();
                else
                    return false;
                return true;
            },
            nested: true
        );
        return new(text, score, type);
    }

    private void ReadTrainer(CodedInputStream input) =>
        Fields(
            input,
            (field, at) =>
            {
                if (field == 3)
                    ModelType = at.ReadEnum();
                else if (field == 35)
                    ByteFallback = at.ReadBool();
                else if (field == 41)
                    BosId = at.ReadInt32();
                else if (field == 42)
                    EosId = at.ReadInt32();
                else
                    return false;
                return true;
            },
            nested: true
        );

    private void ReadNormalizer(CodedInputStream input) =>
        Fields(
            input,
            (field, at) =>
            {
                if (field == 2)
                    MapsCharacters = at.ReadBytes().Length > 0;
                else if (field == 3)
                    AddDummyPrefix = at.ReadBool();
                else if (field == 4)
                    RemoveExtraWhitespaces = at.ReadBool();
                else
                    return false;
                return true;
            },
            nested: true
        );

    /// <param name="read">Reads a field's value, or returns that it does not know the field.</param>
    /// <param name="nested">The fields are a message within <paramref name="input"/>, after its length.</param>
    private static void Fields(CodedInputStream input, Func<int, CodedInputStream, bool> read, bool nested = false)
    {
        if (nested)
            input = new CodedInputStream(input.ReadBytes().ToByteArray());
        while (input.ReadTag() is not 0 and var tag)
            if (!read(WireFormat.GetTagFieldNumber(tag), input))
                input.SkipLastField();
    }
}

/// <summary>A piece of a SentencePiece vocabulary.</summary>
/// <param name="Score">Pieces of a higher score are merged first.</param>
internal readonly record struct Piece(string Text, float Score, PieceType Type);

/// <summary>Kinds of pieces, numbered as in sentencepiece_model.proto.</summary>
internal enum PieceType
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}
