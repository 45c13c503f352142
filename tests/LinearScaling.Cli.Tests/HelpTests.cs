using System.CommandLine;
using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

public class HelpTests
{
    public static TheoryData<string> Commands => [.. Paths(App.Root(), "")];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_reads_as_it_did(string path)
    {
        string[] words = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (exitCode, output, error) = await Lcs.RunAsync([.. words, "--help"]);
        Assert.Equal((0, ""), (exitCode, error));
        Repository.AssertGolden($"tests/golden/help/{string.Join('-', ["lcs", .. words])}.txt", output);
    }

    [Fact]
    public async Task Nothing_typed_shows_the_help() =>
        Assert.Equal(await Lcs.RunAsync("--help"), await Lcs.RunAsync());

    private static IEnumerable<string> Paths(Command command, string path) =>
        [path, .. command.Subcommands.SelectMany(c => Paths(c, $"{path} {c.Name}".Trim()))];
}
