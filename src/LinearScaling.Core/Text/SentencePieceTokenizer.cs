using System.IO.Hashing;
using SentencePiece = Microsoft.ML.Tokenizers.SentencePieceTokenizer;

namespace LinearScaling.Text;

/// <summary>A SentencePiece <c>tokenizer.model</c>, such as LLaMA's.</summary>
public sealed record SentencePieceTokenizer : Tokenizer
{
    private readonly string path;
    private readonly SentencePiece model;

    /// <param name="path">The tokenizer.model.</param>
    public SentencePieceTokenizer(string path)
    {
        this.path = Path.GetFullPath(path);
        try
        {
            using var file = File.OpenRead(path);
            model = SentencePiece.Create(file, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is Google.Protobuf.InvalidProtocolBufferException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new LinearScalingException($"{path}: not a SentencePiece model that lcs can use: {e.Message}", e);
        }
        Hash = Convert.ToHexStringLower(XxHash128.Hash(File.ReadAllBytes(path)));
        VocabSize = model.Vocabulary.Values.Max() + 1;
    }

    public override string Name => path;

    public override string Label => Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } folder ? folder : "sentencepiece";

    public override string Hash { get; }

    public override int VocabSize { get; }

    public override int EndOfText => model.EndOfSentenceId;

    public override int? BosId => model.BeginningOfSentenceId;

    public override bool IsLossless => false; // a space and U+2581 are one character to it

    public override int[] Encode(string text) => [.. model.EncodeToIds(text)];

    public override string Decode(ReadOnlySpan<int> ids) => model.Decode(ids.ToArray());

    internal override string CopyTo(string directory)
    {
        File.Copy(path, Path.Combine(directory, "tokenizer.model"), overwrite: true);
        return "tokenizer.model";
    }
}
