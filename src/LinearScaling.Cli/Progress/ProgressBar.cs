namespace LinearScaling.Cli.Progress;

/// <summary>One activity under way, until it is disposed.</summary>
public abstract class ProgressBar : IDisposable
{
    /// <param name="done">How much is done, including what was done before.</param>
    /// <param name="columns">What to show beside count, rate and time left: "loss 2.31".</param>
    public abstract void Advance(long done, params string[] columns);

    public abstract void Dispose();
}
