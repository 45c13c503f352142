namespace LinearScaling.Files;

/// <summary>A file that takes its place whole and on the disk with <see cref="Commit"/>; without it nothing
/// changes.</summary>
public sealed class PendingFile : IDisposable
{
    private readonly string path;

    /// <exception cref="IOException">It cannot be written there.</exception>
    public PendingFile(string path, int bufferSize = 4096)
    {
        this.path = Path.GetFullPath(path);
        TemporaryPath = $"{this.path}.{Environment.ProcessId}.tmp";
        Stream = new(TemporaryPath, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize);
    }

    /// <summary>Where its bytes are until it is committed: beside its place, under a name that ends with
    /// <c>.tmp</c>.</summary>
    public string TemporaryPath { get; }

    /// <summary>What is written here becomes the file.</summary>
    public FileStream Stream { get; }

    /// <summary>Temporary files of a file, left by processes that were killed before they committed it.</summary>
    public static IEnumerable<string> LeftoversOf(string path) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path) + ".*.tmp");

    /// <summary>Flushes the bytes to the disk, renames the file to its place and flushes the directory, so that a
    /// reader sees the old file or the new one, and a power cut leaves one of them.</summary>
    public void Commit()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(TemporaryPath, path, overwrite: true);
        DurableDirectory.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Closes the file, and removes it where it was not committed.</summary>
    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        finally
        {
            if (File.Exists(TemporaryPath))
                File.Delete(TemporaryPath);
        }
    }
}
