using System.Runtime.CompilerServices;
using System.Text.Json;
using FsCheck.Xunit;
using LinearScaling.Text;

namespace LinearScaling.Tests.Text;

/// <summary>Ids of stress.json: white space, line ends, digits, emoji, CJK, marks, characters beyond the first plane. Expected ids were printed by the Hugging Face tokenizers library 0.23.2 (npm tokenizers) and, for cl100k, by tiktoken 1.0.22 (npm).</summary>
public class ReferenceIdsTests
{
    [Theory]
    [InlineData("cl100k")]
    [InlineData("gpt2")]
    [InlineData("neox20b")]
    [InlineData("llama2")]
    public void Ids_equal_the_reference_tokenizers(string name)
    {
        var tokenizer = Open(name);
        using var stress = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "stress.json")));
        var texts = stress.RootElement.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!).ToList();
        var expected = stress.RootElement.GetProperty(name).EnumerateArray().Select(ids => ids.EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToList();
        Assert.Equal(150, texts.Count);
        for (var i = 0; i < texts.Count; i++)
        {
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
        var whole = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text ?? "")); // half surrogate pairs are no text
        return tokenizer.Decode(tokenizer.Encode(whole)) == whole;
    }

    private static Tokenizer Open(string name)
    {
        if (name == "cl100k")
            return new Cl100kTokenizer();
        var folder = Path.Combine(Folder(), "../../../../shared/data/tokenizers", name);
        Assert.SkipUnless(Directory.Exists(folder), $"needs {name}/tokenizer.json in ../shared/data/tokenizers");
        return Tokenizer.Open(folder);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
