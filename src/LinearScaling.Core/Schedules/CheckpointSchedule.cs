using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>When a run saves: log-spaced steps first, then periodically, and always at the end.</summary>
/// <param name="LogFrom">First log-spaced step.</param>
/// <param name="LogFactor">Ratio of one log-spaced step to the one before.</param>
/// <param name="Every">Steps between periodic checkpoints, which begin where the log-spaced ones grow farther apart than this; 0 for log-spaced only.</param>
public sealed record CheckpointSchedule([Positive] int LogFrom = 1, [Range(1.05, 100)] double LogFactor = 2, [Range(0, int.MaxValue)] int Every = 1000)
{
    /// <summary>Whether a checkpoint is due once <paramref name="step"/> optimizer steps are done.</summary>
    public bool IsDue(long step, long totalSteps)
    {
        if (step == totalSteps)
            return true;
        if (step < LogFrom)
            return false;
        if (Every > 0 && step * (LogFactor - 1) >= Every)
            return step % Every == 0;
        // The log-spaced steps are round(LogFrom * LogFactor^k).
        var k = Math.Round(Math.Log((double)step / LogFrom) / Math.Log(LogFactor));
        return step == (long)Math.Round(LogFrom * Math.Pow(LogFactor, k));
    }
}
