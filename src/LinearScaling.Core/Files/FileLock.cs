using System.Diagnostics;

namespace LinearScaling.Files;

/// <summary>An exclusive lock between processes, kept while its file is open; the system releases it when the process
/// dies.</summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly FileStream stream;

    private FileLock(FileStream stream) => this.stream = stream;

    /// <summary>Waits for the lock.</summary>
    /// <param name="waiting">Called once where the wait is longer than a moment, to say what is waited for.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static FileLock Take(string path, Action waiting, CancellationToken cancellationToken)
    {
        for (var wait = Stopwatch.StartNew(); ; )
        {
            if (TryTake(path) is { } taken)
                return taken;
            if (wait.Elapsed > Moment)
            {
                waiting();
                waiting = () => { };
            }
            if (cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(5)))
                cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Waits for a lock that nobody keeps for more than a moment.</summary>
    /// <exception cref="LinearScalingException">Somebody keeps it for a minute.</exception>
    public static FileLock TakeShort(string path)
    {
        for (var wait = Stopwatch.StartNew(); ; Thread.Sleep(5))
            if (TryTake(path) is { } taken)
                return taken;
            else if (wait.Elapsed > Longest)
                throw new LinearScalingException(
                    $"{path}: another process has held this lock for a minute; is it stopped? End it, or let it go on"
                );
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
