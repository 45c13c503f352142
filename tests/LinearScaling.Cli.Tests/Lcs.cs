using LinearScaling.Cli;

namespace LinearScaling.Tests.Cli;

/// <summary>lcs in this process.</summary>
internal static class Lcs
{
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await App.RunAsync(args, output, error, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
