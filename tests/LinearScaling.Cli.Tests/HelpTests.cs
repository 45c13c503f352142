using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

public class HelpTests
{
    [Fact]
    public async Task Root_help_names_the_program()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(["--help"], output, error, TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (exitCode, error.ToString()));
        Assert.Contains("lcs", output.ToString(), StringComparison.Ordinal);
    }
}
