using System.Runtime.CompilerServices;

namespace LinearScaling.Tests.Sequences;

/// <summary>A cache of the tests' own, so that they neither see nor fill the user's.</summary>
internal static class TestCache
{
    [ModuleInitializer]
    internal static void Use()
    {
        var cache = Directory.CreateTempSubdirectory("lcs-test-cache-");
        Environment.SetEnvironmentVariable("LCS_CACHE", cache.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cache.Delete(recursive: true);
    }
}
