using System.Diagnostics;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Independent readers in a folder of node modules that <c>LCS_READERS</c> names; tests are skipped without
/// them.</summary>
internal static class Readers
{
    public static void Run(params string[] arguments)
    {
        var modules = Environment.GetEnvironmentVariable("LCS_READERS") ?? "";
        if (!Directory.Exists(Path.Combine(modules, "node_modules")))
            Assert.Skip("needs LCS_READERS=DIR, where npm install tokenizers @duckdb/node-api was run");
        var script = Path.Combine(AppContext.BaseDirectory, "readers.mjs");
        using var node = Process.Start(new ProcessStartInfo("node", [script, modules, .. arguments]))!;
        node.WaitForExit();
        Assert.Equal(0, node.ExitCode);
    }
}
