using LinearScaling.Text;

namespace LinearScaling.Tests.Text;

public class TokenizerTests
{
    [Fact]
    public void Bytes_are_ids() => Assert.Equal([72, 195, 169, 10], new ByteTokenizer().Encode("Hé\n"));

    [Fact]
    public void Cl100k_gives_the_published_ids()
    {
        // tiktoken's README and OpenAI's cookbook: "tiktoken is great!"
        Assert.Equal([83, 1609, 5963, 374, 2294, 0], new Cl100kTokenizer().Encode("tiktoken is great!"));
        Assert.Equal(
            (100_277, 100_280, 100_257),
            (new Cl100kTokenizer().VocabSize, new Cl100kTokenizer().PaddedVocabSize, new Cl100kTokenizer().EndOfText)
        );
    }

    [Fact]
    public void Special_tokens_in_a_text_are_text() =>
        Assert.DoesNotContain(100_257, new Cl100kTokenizer().Encode("<|endoftext|>"));

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones() =>
        Assert.Equal(
            "tokenizer: unknown tokenizer 'bite'; did you mean byte? one of: byte, cl100k, or the path of a "
                + "tokenizer.json or tokenizer.model",
            Assert.Throws<LinearScalingException>(() => Tokenizer.Open("bite")).Message
        );
}
