using System.IO.Compression;
using System.Reflection;
using LinearScaling.Files;
using LinearScaling.Text.Splitting;
using Microsoft.ML.Tokenizers;

namespace LinearScaling.Text;

/// <summary>OpenAI's cl100k_base vocabulary, the tokenizer of the study: byte-level BPE with 100,256 ranks and special
/// ids up to 100,276.</summary>
public sealed record Cl100kTokenizer : Tokenizer
{
    private static readonly Lazy<(TiktokenTokenizer Bpe, string Hash)> Vocabulary = new(Load);

    public override string Name => "cl100k";

    public override string Hash => Vocabulary.Value.Hash;

    public override int VocabSize => 100_277;

    public override int EndOfText => 100_257;

    public override int[] Encode(string text) => [.. Vocabulary.Value.Bpe.EncodeToIds(text)];

    public override string Decode(ReadOnlySpan<int> ids)
    {
        var ordinary = new List<int>(ids.Length);
        foreach (var id in ids)
            if (id is >= 0 and < 100_256)
                ordinary.Add(id);
        return Vocabulary.Value.Bpe.Decode(ordinary);
    }

    private static (TiktokenTokenizer, string) Load()
    {
        // The package's own CreateForEncoding reads special tokens out of ordinary text; this one has none.
        using var packed = Assembly
            .Load("Microsoft.ML.Tokenizers.Data.Cl100kBase")
            .GetManifestResourceStream("cl100k_base.tiktoken.deflate")!;
        using var inflate = new DeflateStream(packed, CompressionMode.Decompress);
        using var ranks = new MemoryStream();
        inflate.CopyTo(ranks);
        ranks.Position = 0;
        var hash = Checksum.Compute(ranks.GetBuffer().AsSpan(0, (int)ranks.Length));
        return (TiktokenTokenizer.Create(ranks, new SplitterPreTokenizer(new Cl100kSplitter()), null), hash);
    }
}
