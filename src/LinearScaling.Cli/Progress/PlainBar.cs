namespace LinearScaling.Cli.Progress;

/// <summary>Progress where there is no terminal: the first advance, then a line an interval, then the last.</summary>
internal sealed class PlainBar(string name, ProgressText text, TextWriter error, TimeProvider time) : ProgressBar
{
    private long? written;
    private string? pending;

    public override void Advance(long done, params string[] columns)
    {
        pending = $"{name}: {text.Format(done, columns)}";
        if (written is { } last && time.GetElapsedTime(last) < ProgressDisplay.PlainInterval)
            return;
        Write();
    }

    public override void Dispose() => Write();

    private void Write()
    {
        if (pending is null)
            return;
        error.WriteLine(pending);
        pending = null;
        written = time.GetTimestamp();
    }
}
