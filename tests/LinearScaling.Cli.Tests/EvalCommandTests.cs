using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

public sealed class EvalCommandTests
{
    [Theory]
    [InlineData(
        "eval --tasks val_los",
        "--tasks: unknown evaluation task 'val_los'; did you mean val_loss? one of: val_loss"
    )]
    [InlineData("eval --tasks ,", "--tasks: names no task; one or more of: val_loss")]
    [InlineData("eval --limit 0", "--limit: expected a positive integer, got '0'")]
    [InlineData(
        "eval --checkpoints /no/such/place",
        "/no/such/place: no such directory; lcs train writes runs to runs/ unless --output says otherwise"
    )]
    public async Task A_mistake_is_one_line_and_exit_code_2(string arguments, string message)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(arguments.Split(' '), output, error, TestContext.Current.CancellationToken);
        Assert.Equal(2, exitCode);
        Assert.StartsWith(message, error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
