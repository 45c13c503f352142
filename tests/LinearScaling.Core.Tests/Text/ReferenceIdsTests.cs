using System.Runtime.CompilerServices;
using System.Text.Json;
using FsCheck.Xunit;
using LinearScaling.Text;

namespace LinearScaling.Tests.Text;

/// <summary>Ids of stress.json: white space, line ends, digits, emoji, CJK, marks, characters beyond the first plane.
/// Expected ids were printed by the Hugging Face tokenizers library 0.23.2 (npm tokenizers), for cl100k by tiktoken
/// 1.0.22 (npm), and for tok512, a tokenizer.model, by spm_encode 0.1.97, which takes texts of one line only.</summary>
public class ReferenceIdsTests
{
    [Theory]
    [InlineData("cl100k")]
    [InlineData("gpt2")]
    [InlineData("neox20b")]
    [InlineData("llama2")]
    [InlineData("tok512")]
    public void Ids_equal_the_reference_tokenizers(string name)
    {
        var tokenizer = Open(name);
        using var stress = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "stress.json")));
        var texts = stress.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!).ToList();
        var expected = stress
            .RootElement.GetProperty(name)
            .EnumerateArray()
            .Select(ids =>
                ids.ValueKind == JsonValueKind.Null ? null : ids.EnumerateArray().Select(id => id.GetInt32()).ToArray()
            )
            .ToList();
        Assert.Equal(150, texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
            if (expected[i] is null)
                continue;
            Assert.Equal(expected[i], tokenizer.Encode(texts[i]));
            if (tokenizer.IsLossless)
                Assert.Equal(texts[i], tokenizer.Decode(expected[i]));
        }
    }

    [Property]
    public bool Cl100k_gives_every_text_back(string? text) => GivesBack(new Cl100kTokenizer(), text);

    [Property]
    public bool Bytes_give_every_text_back(string? text) => GivesBack(new ByteTokenizer(), text);

    [Fact]
    public void Text_without_runs_of_spaces_comes_back_from_a_SentencePiece_model()
    {
        var tokenizer = Open("tok512");
        foreach (
            var text in new[]
            {
                "a",
                "\u00F1",
                "Once upon a time, \u65E5\u672C.\nThe end\u2026",
                "\U0001F469\u200D\U0001F467",
            }
        )
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal((512, 2, 1), (tokenizer.VocabSize, tokenizer.EndOfText, tokenizer.BosId));
    }

    [Theory]
    [InlineData(
        new byte[] { 10, 3, 10, 1, 97 },
        "the model is not of the kind BPE; lcs reads BPE models with byte fallback and the identity normalizer, as "
            + "LLaMA's"
    )]
    [InlineData(
        new byte[] { 10, 3, 10, 1, 97, 18, 2, 24, 2 },
        "the model has no byte fallback, so that text would be lost; lcs reads BPE models with byte fallback and "
            + "the identity normalizer, as LLaMA's"
    )]
    public void Models_that_would_not_give_the_references_ids_are_refused(byte[] model, string message)
    {
        var path = Path.Combine(LinearScaling.Tests.Sequences.Some.Folder(), "tokenizer.model");
        File.WriteAllBytes(path, model);
        Assert.Equal($"{path}: {message}", Assert.Throws<LinearScalingException>(() => Tokenizer.Open(path)).Message);
        File.WriteAllBytes(path, [10, 200]);
        Assert.StartsWith(
            $"{path}: not a SentencePiece model: ",
            Assert.Throws<LinearScalingException>(() => Tokenizer.Open(path)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Normalization_form_C_reorders_and_composes_as_Unicode_says()
    {
        // NeoX is the tokenizer that normalizes; UAX #15, and Hangul.
        var tokenizer = Open("neox20b");
        string Nfc(string text) => tokenizer.Decode(tokenizer.Encode(text));
        Assert.Equal("\u1E69", Nfc("s\u0307\u0323"));
        Assert.Equal("\u00C5", Nfc("\u212B"));
        Assert.Equal("\uAC01", Nfc("\u1100\u1161\u11A8"));
        Assert.Equal("\u0915\u093C", Nfc("\u0958"));
    }

    private static bool GivesBack(Tokenizer tokenizer, string? text)
    {
        // half surrogate pairs are no text
        var whole = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text ?? ""));
        return tokenizer.Decode(tokenizer.Encode(whole)) == whole;
    }

    private static Tokenizer Open(string name)
    {
        if (name == "cl100k")
            return new Cl100kTokenizer();
        if (name == "tok512")
            return Tokenizer.Open(TestData.Need("checkpoints/stories260K/tok512.model"));
        return Tokenizer.Open(TestData.Need($"tokenizers/{name}/tokenizer.json"));
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
