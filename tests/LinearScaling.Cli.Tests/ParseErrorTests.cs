namespace LinearScaling.Tests.Cli;

public class ParseErrorTests
{
    [Theory]
    [InlineData("fti", "lcs: unknown command 'fti'; did you mean fit? one of: ")]
    [InlineData("fit --metrc x", "lcs fit: unknown option '--metrc'; did you mean --metric? one of: ")]
    [InlineData("list --jsn", "lcs list: unknown option '--jsn'; did you mean --json? one of: --help, --json")]
    [InlineData("list archs sizes", "lcs list: one value too many: 'sizes'")]
    [InlineData("list size", "lcs list: unknown list 'size'; did you mean sizes? one of: ")]
    [InlineData(
        "schema trian",
        "lcs schema: unknown section 'trian'; did you mean train? one of: model, data, train, checkpoints, seed"
    )]
    public async Task A_slip_of_the_fingers_gets_one_line_and_exit_code_2(string line, string message)
    {
        var (exitCode, output, error) = await Lcs.RunAsync(line.Split(' '));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith(message, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }
}
