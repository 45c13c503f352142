namespace LinearScaling.Files;

/// <summary>An exclusive lock between processes, kept while its file is open; the system releases it when the process
/// dies.</summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static FileLock Take(string path, CancellationToken cancellationToken = default)
    {
        for (; ; )
        {
            if (TryTake(path) is { } taken)
                return taken;
            if (cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(5)))
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The lock, or null when another process has it.</summary>
    public static FileLock? TryTake(string path)
    {
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        // a full or read-only disk or a missing folder is not waited for
        catch (IOException e) when (IsTaken(e))
        {
            return null;
        }
    }

    /// <summary>Whether another has it: EAGAIN of flock on Linux and macOS, a sharing violation on Windows.</summary>
    private static bool IsTaken(IOException e) =>
        e.HResult
        == (
            OperatingSystem.IsWindows() ? unchecked((int)0x80070020)
            : OperatingSystem.IsMacOS() ? 35
            : 11
        );

    public void Dispose() => stream.Dispose();
}
