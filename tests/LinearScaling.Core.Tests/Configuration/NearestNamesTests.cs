using LinearScaling.Configuration;

namespace LinearScaling.Tests.Configuration;

public class NearestNamesTests
{
    private static readonly string[] Sizes = ["70m", "160m", "1b", "3b", "nano-100k", "nano-300k", "nano-1m"];

    [Theory]
    [InlineData("1g", "did you mean 1b? one of: 70m, 160m, 1b, 3b, nano-100k, nano-300k, nano-1m")]
    [InlineData(
        "nano_100k",
        "did you mean nano-100k, nano-300k or nano-1m? one of: 70m, 160m, 1b, 3b, nano-100k, nano-300k, nano-1m"
    )]
    [InlineData(
        "nano",
        "did you mean nano-100k, nano-300k or nano-1m? one of: 70m, 160m, 1b, 3b, nano-100k, nano-300k, nano-1m"
    )]
    [InlineData("enormous", "one of: 70m, 160m, 1b, 3b, nano-100k, nano-300k, nano-1m")]
    [InlineData("", "one of: 70m, 160m, 1b, 3b, nano-100k, nano-300k, nano-1m")]
    public void Nearest_first_then_all(string name, string hint) => Assert.Equal(hint, NearestNames.Hint(name, Sizes));

    [Fact]
    public void Nothing_to_choose_from_is_said() =>
        Assert.Equal("unknown metric 'x'; there are none here", NearestNames.Unknown("metric", "x", []));

    [Fact]
    public void Swapped_letters_are_one_slip() =>
        Assert.Equal(["hgrn2"], NearestNames.Find("hgnr2", ["tnl", "hgrn2", "cosformer2", "llama"]));
}
