namespace LinearScaling.Cli.Progress;

/// <summary>The state of many activities, where there is no terminal: a line every half minute.</summary>
internal sealed class PlainWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Timer timer;

    public PlainWatch(Func<string> line, Action<string> write) =>
        timer = new Timer(_ => write(line()), null, Interval, Interval);

    /// <summary>Waits for a line that is being written.</summary>
    public void Dispose()
    {
        using var written = new ManualResetEvent(false);
        if (timer.Dispose(written))
            written.WaitOne();
    }
}
