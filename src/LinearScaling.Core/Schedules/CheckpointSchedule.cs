using LinearScaling.Configuration;

namespace LinearScaling.Schedules;

/// <summary>When a run saves, and what it keeps: log-spaced steps first, then periodically, and always at the
/// end.</summary>
/// <param name="LogFrom">First log-spaced step.</param>
/// <param name="LogFactor">Ratio of one log-spaced step to the one before.</param>
/// <param name="Every">Steps between periodic checkpoints, which begin where the log-spaced ones grow farther apart
/// than this; 0 for log-spaced only.</param>
/// <param name="At">Further steps at which it saves.</param>
/// <param name="KeepLast">How many of the newest checkpoints are kept beside those that the other keep_ keys name; 0
/// keeps all.</param>
/// <param name="KeepEvery">Checkpoints at multiples of this step are kept; 0 for none.</param>
/// <param name="KeepLogSpaced">Whether those at log-spaced steps are kept.</param>
/// <param name="KeepBest">How many of the evaluated ones with the lowest val_loss are kept.</param>
/// <param name="KeepStops">Whether those that a stop added stay when the run has ended; a study's do not, so that its
/// runs have the same checkpoints whatever interrupted them.</param>
public sealed record CheckpointSchedule(
    [Positive] int LogFrom = 1,
    [Range(1.05, 100)] double LogFactor = 2,
    [Range(0, int.MaxValue)] int Every = 1000,
    IReadOnlyList<long>? At = null,
    [Range(0, int.MaxValue)] int KeepLast = 0,
    [Range(0, int.MaxValue)] int KeepEvery = 0,
    bool KeepLogSpaced = false,
    [Range(0, int.MaxValue)] int KeepBest = 0,
    [Harmless] bool KeepStops = true
) : IValidated
{
    public IEnumerable<string> Problems()
    {
        if (KeepLast == 0 && (KeepEvery > 0 || KeepLogSpaced || KeepBest > 0))
            yield return "keep_every, keep_log_spaced and keep_best need keep_last, at least 1: without it all are "
                + "kept";
    }

    /// <summary>Whether a checkpoint is due once <paramref name="step"/> optimizer steps are done.</summary>
    public bool IsDue(long step, long totalSteps)
    {
        if (step == totalSteps || (At?.Contains(step) ?? false))
            return true;
        if (Every > 0 && step >= LogFrom && step * (LogFactor - 1) >= Every)
            return step % Every == 0;
        return IsLogSpaced(step);
    }

    /// <summary>How many checkpoints a run of so many steps writes, counted without walking over its steps.</summary>
    public long CountDue(long totalSteps)
    {
        if (totalSteps < 1)
            return 0;
        var periodicFrom = Every > 0 ? Math.Max(LogFrom, (long)Math.Ceiling(Every / (LogFactor - 1))) : long.MaxValue;
        var logSpaced = LogSpaced().TakeWhile(s => s <= totalSteps && s < periodicFrom).Distinct().LongCount();
        var periodic = periodicFrom <= totalSteps ? totalSteps / Every - (periodicFrom - 1) / Every : 0;
        // those named and the last step, where they are not counted yet
        var more = (At ?? [])
            .Select(step => (long)step)
            .Append(totalSteps)
            .Where(step => step >= 1 && step <= totalSteps)
            .Distinct()
            .LongCount(step => !(this with { At = null }).IsDue(step, long.MaxValue));
        return logSpaced + periodic + more;
    }

    private IEnumerable<long> LogSpaced()
    {
        for (var k = 0; ; k++)
            yield return Math.Max(1, (long)Math.Min(long.MaxValue, Math.Round(LogFrom * Math.Pow(LogFactor, k))));
    }

    /// <summary>Which checkpoints are no longer needed.</summary>
    /// <param name="steps">Steps of the checkpoints that are there, ascending.</param>
    /// <param name="best">Steps of the evaluated ones, best first.</param>
    public IEnumerable<long> Superfluous(IReadOnlyList<long> steps, IEnumerable<long> best)
    {
        if (KeepLast == 0)
            return [];
        var kept = best.Take(KeepBest).ToHashSet();
        return steps
            .SkipLast(KeepLast)
            .Where(step =>
                !(KeepEvery > 0 && step % KeepEvery == 0)
                && !(KeepLogSpaced && IsLogSpaced(step))
                && !kept.Contains(step)
            );
    }

    /// <summary>Whether it is one of round(LogFrom * LogFactor^k).</summary>
    private bool IsLogSpaced(long step)
    {
        if (step < LogFrom)
            return false;
        var k = Math.Round(Math.Log((double)step / LogFrom) / Math.Log(LogFactor));
        return step == (long)Math.Round(LogFrom * Math.Pow(LogFactor, k));
    }
}
