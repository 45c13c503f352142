namespace LinearScaling.Files;

/// <summary>Where lcs keeps what it can make again: <c>$LCS_CACHE</c>, else <c>$XDG_CACHE_HOME/lcs</c>, else
/// <c>~/.cache/lcs</c>.</summary>
public static class CacheDirectory
{
    public static string Root =>
        Variable("LCS_CACHE")
        ?? (Variable("XDG_CACHE_HOME") is { } cache ? Path.Combine(cache, "lcs") : null)
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "lcs");

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
