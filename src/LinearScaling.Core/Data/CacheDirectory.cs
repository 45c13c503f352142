namespace LinearScaling.Data;

/// <summary>Where lcs keeps what it can make again: <c>$LCS_CACHE</c>, else <c>$XDG_CACHE_HOME/lcs</c>, else <c>~/.cache/lcs</c>.</summary>
internal static class CacheDirectory
{
    public static string Root =>
        Variable("LCS_CACHE")
        ?? (Variable("XDG_CACHE_HOME") is { } cache ? Path.Combine(cache, "lcs") : null)
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "lcs");

    /// <summary>The directory <paramref name="name"/> in the cache, made by <paramref name="make"/> if it is not there yet; processes that race all get the one whole result.</summary>
    public static string GetOrMake(string name, Action<string> make)
    {
        var final = Path.Combine(Root, name);
        if (Directory.Exists(final))
            return final;
        var temporary = $"{final}.{Environment.ProcessId}-{Guid.NewGuid():N}";
        Directory.CreateDirectory(temporary);
        try
        {
            make(temporary);
            Directory.Move(temporary, final);
        }
        catch (IOException) when (Directory.Exists(final))
        {
            // Another process was first; its result is the same.
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
        return final;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
