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

    /// <summary>Whether a name that a file states is that of a file beside it, not a path to elsewhere.</summary>
    public static bool IsFileName(string name) => name is not ("" or "." or "..") && name == Path.GetFileName(name);
}
