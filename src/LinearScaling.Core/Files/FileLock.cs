namespace LinearScaling.Files;

/// <summary>An exclusive lock between processes, held while its file is open; the system releases it when the holder
/// dies.</summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Waits for the lock.</summary>
    public static FileLock Take(string path)
    {
        for (; ; )
        {
            if (TryTake(path) is { } taken)
                return taken;
            Thread.Sleep(5);
        }
    }

    /// <summary>The lock, or null when another holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        // held; a full disk or a missing folder is not waited for
        catch (IOException e) when (e.GetType() == typeof(IOException) && File.Exists(path))
        {
            return null;
        }
    }

    public void Dispose() => stream.Dispose();
}
