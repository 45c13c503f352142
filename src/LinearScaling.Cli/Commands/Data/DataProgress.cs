using System.Globalization;
using LinearScaling.Cli.Progress;
using LinearScaling.Preparing;

namespace LinearScaling.Cli.Commands.Data;

/// <summary>A preparation's progress in lines: share done, MB/s, tokens/s and the time left.</summary>
internal sealed class DataProgress(TextWriter error, TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    private readonly long began = time.GetTimestamp();
    private long phaseBegan;
    private long lastLine;
    private string phase = "";
    private PrepareProgress? last;

    public void Report(PrepareProgress progress)
    {
        last = progress;
        if (phase != progress.Phase)
        {
            phase = progress.Phase;
            phaseBegan = lastLine = time.GetTimestamp();
            if (phase.StartsWith("waiting", StringComparison.Ordinal))
                error.WriteLine(phase);
        }
        if (time.GetElapsedTime(lastLine) < Quiet)
            return;
        lastLine = time.GetTimestamp();
        var seconds = time.GetElapsedTime(phaseBegan).TotalSeconds;
        var share = Math.Clamp((double)progress.Done / Math.Max(1, progress.Total), 0, 1);
        var rate =
            progress.Phase == "tokenizing"
                ? $", {Units.Bytes(progress.Done / seconds)}/s, {Units.Count(progress.Tokens / seconds)} tokens/s"
                : "";
        var left = share > 0 ? $", {Units.Duration(seconds / share * (1 - share))} left" : "";
        error.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{progress.Phase}: {100 * share:F0} %{rate}{left}")
        );
    }

    public void Finish()
    {
        if (last is not { Documents: > 0 } total)
            return;
        var seconds = time.GetElapsedTime(began).TotalSeconds;
        error.WriteLine(
            $"{total.Documents.ToString(CultureInfo.InvariantCulture)} documents, {Units.Count(total.Tokens)} "
                + $"tokens in {Units.Duration(seconds)}: {Units.Count(total.Tokens / seconds)} tokens/s"
        );
    }
}
