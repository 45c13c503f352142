using System.Reflection;

namespace LinearScaling;

/// <summary>Which lcs this is; recorded in every run, checkpoint, result and law.</summary>
public static class Versions
{
    /// <summary>Version and, when built from a clone, the commit: 0.1.0+abc1234.</summary>
    public static string Program { get; } =
        Shorten(
            typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
        );

    private static string Shorten(string version) =>
        version.IndexOf('+') is var plus and > 0 ? version[..Math.Min(version.Length, plus + 8)] : version;
}
