using System.Runtime.InteropServices;
using System.Text;

namespace LinearScaling.Files;

/// <summary>Files and directories that are on the disk, whole, once a call returns.</summary>
public static class DurableFile
{
    /// <summary>Writes a text file beside its place and renames it there, so that a reader sees the old or the new one,
    /// never a part.</summary>
    public static void WriteAllText(string file, string text)
    {
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, file, overwrite: true);
        FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
    }

    /// <summary>Makes renames inside a directory durable (fsync of the directory; nothing on Windows, where renames
    /// are).</summary>
    public static void FlushDirectory(string directory)
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
