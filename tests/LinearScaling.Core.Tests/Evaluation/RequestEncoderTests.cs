using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

public class RequestEncoderTests
{
    private static readonly RequestEncoder Bytes = new(new ByteTokenizer().Encode, 256, 8);

    [Fact]
    public void White_space_at_the_end_of_the_context_is_scored_with_the_continuation() =>
        Equal("ab c", 2, Bytes.Encode(new("ab ", "c")));

    [Fact]
    public void An_empty_context_is_the_prefix_token()
    {
        var (tokens, scored) = Bytes.Encode(new("", "ab"));
        Assert.Equal([256, 'a', 'b'], tokens);
        Assert.Equal(2, scored);
    }

    [Fact]
    public void A_continuation_that_begins_with_the_prefix_token_is_its_own_context()
    {
        var encoder = new RequestEncoder(new ByteTokenizer().Encode, 'a', 8);
        Equal("ab", 1, encoder.Encode(new("", "ab")));
    }

    /// <summary>In lm-evaluation-harness since November 2025 (pull request 3347) a tokenizer that begins texts with a
    /// token does so here too; it is never doubled.</summary>
    [Fact]
    public void A_tokenizer_that_begins_texts_begins_contexts()
    {
        var encoder = new RequestEncoder(new ByteTokenizer().Encode, '^', 8, begin: true);
        Equal("^ab c", 2, encoder.Encode(new("ab ", "c")));
        Equal("^ab", 2, encoder.Encode(new("", "ab")));
        Equal("^ ab", 3, encoder.Encode(new(" ", "ab")));
        Equal("cdefghijk", 2, encoder.Encode(new("abcdefghi", "jk")));
        Assert.Equal("^ab".Select(c => (int)c), encoder.Prompt("ab", 2));
        Equal("^ab", 2, encoder.Windows(new RollingRequest("ab"))[0]);
    }

    [Fact]
    public void What_is_longer_than_the_window_loses_its_left_end() =>
        Equal("cdefghijk", 2, Bytes.Encode(new("abcdefghi", "jk")));

    [Fact]
    public void A_continuation_longer_than_the_window_is_scored_as_far_as_it_fits() =>
        Equal("cdefghijk", 8, Bytes.Encode(new("a", "bcdefghijk")));

    [Fact]
    public void Where_a_token_spans_the_border_the_cut_is_by_the_number_of_context_tokens()
    {
        // 'ab' is one token: "a" alone is one token, "ab" + "c" is two, so that only the c is scored.
        static IReadOnlyList<int> Encode(string text) =>
            [.. text.Replace("ab", "X", StringComparison.Ordinal).Select(c => (int)c)];
        var (tokens, scored) = new RequestEncoder(Encode, 0, 8).Encode(new("a", "bc"));
        Assert.Equal(['X', 'c'], tokens);
        Assert.Equal(1, scored);
    }

    [Fact]
    public void Rolling_windows_score_every_token_once_and_the_last_one_is_full()
    {
        var windows = new RequestEncoder(new ByteTokenizer().Encode, 256, 4).Windows(new RollingRequest("012345"));
        Assert.Equal(2, windows.Count);
        Assert.Equal([256, '0', '1', '2', '3'], windows[0].Tokens);
        Assert.Equal(4, windows[0].Scored);
        Assert.Equal(['1', '2', '3', '4', '5'], windows[1].Tokens);
        Assert.Equal(2, windows[1].Scored);
    }

    /// <summary>A tokenizer that makes one token of "ab": after "a" nothing of "b" is left.</summary>
    [Theory]
    [InlineData("a", "b")]
    [InlineData("", "")]
    public void A_continuation_without_a_token_is_refused(string context, string continuation)
    {
        var encoder = new RequestEncoder(text => text.Length == 0 ? [] : [1], 0, 8);
        var e = Assert.Throws<LinearScalingException>(() => encoder.Encode(new(context, continuation)));
        Assert.StartsWith($"nothing to score: after the context ...'{context}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_leaves_room_for_the_answer() =>
        Assert.Equal("fgh".Select(c => (int)c), Bytes.Prompt("abcdefgh", 5));

    private static void Equal(string tokens, int scored, ScoredSequence sequence)
    {
        Assert.Equal(tokens.Select(c => (int)c), sequence.Tokens);
        Assert.Equal(scored, sequence.Scored);
    }
}
