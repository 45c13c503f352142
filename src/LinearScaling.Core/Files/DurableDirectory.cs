using System.Runtime.InteropServices;

namespace LinearScaling.Files;

/// <summary>Directories that appear and vanish whole.</summary>
public static class DurableDirectory
{
    /// <summary>Renames a directory whose files are on the disk, and flushes the directory that holds it.</summary>
    public static void Move(string from, string to)
    {
        Directory.Move(from, to);
        Flush(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    /// <summary>Removes a directory with everything in it, if it is there. It first takes a name that begins with a
    /// dot, so that nobody sees it in part.</summary>
    public static void Remove(string path)
    {
        if (!Directory.Exists(path))
            return;
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var hidden = Path.Combine(Path.GetDirectoryName(full)!, ".removed-" + Path.GetFileName(full));
        if (Directory.Exists(hidden))
            Directory.Delete(hidden, recursive: true);
        Move(full, hidden);
        Directory.Delete(hidden, recursive: true);
    }

    /// <summary>Makes renames inside a directory durable (fsync of the directory; nothing on Windows, where renames
    /// are).</summary>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(directory, 0);
        if (handle < 0)
            return;
        _ = Flush(handle);
        _ = Close(handle);
    }

    [DllImport(
        "libc",
        EntryPoint = "open",
        CharSet = CharSet.Ansi,
        BestFitMapping = false,
        ThrowOnUnmappableChar = true
    )]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int handle);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
