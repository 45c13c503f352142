using LinearScaling.Tests.Torch.Training;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace LinearScaling.Tests.Torch;

/// <summary>The entry point that xUnit would generate, and one more thing this program does: <c>killed-runs
/// DIR</c>.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) =>
        args is [KilledRuns.Command, var root] ? Task.FromResult(KilledRuns.Train(root))
        : args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : ConsoleRunner.Run(args);
}
