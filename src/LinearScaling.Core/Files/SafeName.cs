namespace LinearScaling.Files;

/// <summary>Names from users and files, where they become paths.</summary>
public static class SafeName
{
    private const int Longest = 100;

    /// <summary>A file name for a name: the name itself where it is one, else made of its letters, digits, '.', '-' and
    /// '_' with a hash of the whole, so that different names have different files.</summary>
    public static string ForFile(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        safe = safe.TrimStart('.');
        if (safe.Length > Longest)
            safe = safe[..Longest];
        return safe.Length > 0 && safe == name ? name : $"{safe}-{Checksum.Compute(name)[..8]}".TrimStart('-');
    }

    /// <summary>Whether a relative path that a file states stays in the folder it is relative to.</summary>
    public static bool StaysInside(string folder, string relative)
    {
        var full = Path.GetFullPath(folder);
        return !Path.IsPathRooted(relative)
            && Path.GetFullPath(Path.Combine(full, relative))
                .StartsWith(
                    Path.TrimEndingDirectorySeparator(full) + Path.DirectorySeparatorChar,
                    StringComparison.Ordinal
                );
    }
}
