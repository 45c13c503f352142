using System.Text;

namespace LinearScaling.Files;

/// <summary>Files that are on the disk, whole, once a call returns; a reader sees the old one or the new one, never a
/// part.</summary>
public static class DurableFile
{
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using var file = new PendingFile(path);
        file.Stream.Write(bytes);
        file.Commit();
    }

    /// <summary>Copies a file's bytes, over one that is there.</summary>
    public static void Copy(string from, string to)
    {
        using var source = File.OpenRead(from);
        using var file = new PendingFile(to);
        source.CopyTo(file.Stream);
        file.Commit();
    }
}
