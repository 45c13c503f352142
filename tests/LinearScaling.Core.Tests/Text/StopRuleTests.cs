using System.Text;
using LinearScaling.Text;

namespace LinearScaling.Tests.Text;

public class StopRuleTests
{
    private static readonly ByteTokenizer Bytes = new();

    [Theory]
    [InlineData("one. two", ".", 4, "one")]
    [InlineData("one. two", " t", 6, "one.")]
    [InlineData("größe", "ß", 6, "grö")]
    [InlineData("one", "x", -1, "one")]
    public void A_string_ends_the_text_before_itself(string text, string stop, int stopsAfter, string expected)
    {
        var rule = new StopRule(Bytes, [stop, "never"]);
        var ids = Encoding.UTF8.GetBytes(text).Select(b => (int)b).ToList();
        var reached = Enumerable.Range(1, ids.Count).Where(n => rule.Reached(ids[..n])).DefaultIfEmpty(-1).First();
        Assert.Equal(stopsAfter, reached);
        Assert.Equal(expected, rule.Text(ids));
    }

    [Fact]
    public void The_end_of_text_token_ends_it_and_is_not_text()
    {
        var rule = new StopRule(Bytes, []);
        Assert.True(rule.Reached([97, 256]));
        Assert.False(rule.Reached([97, 98]));
        Assert.Equal("a", rule.Text([97, 256]));
        Assert.Equal("", rule.Text([]));
    }
}
