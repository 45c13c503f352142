using System.Globalization;

namespace LinearScaling.Cli.Progress;

/// <summary>Count, rate and time left of an activity, as text.</summary>
/// <param name="start">How much was done before this process began, which says nothing about its rate.</param>
/// <param name="parts">How much of it makes one unit.</param>
internal sealed class ProgressText(long total, string unit, long start, TimeProvider time, int parts = 1)
{
    private readonly long began = time.GetTimestamp();
    private readonly string units = unit + (unit.EndsWith("ch", StringComparison.Ordinal) ? "es" : "s");

    public long Total => total;

    public long Start => start;

    /// <summary><c>120/1000 steps, 2.3 steps/s, 6 min 20 s left, loss 2.31</c></summary>
    public string Format(long done, IEnumerable<string> columns)
    {
        var seconds = time.GetElapsedTime(began).TotalSeconds;
        var rate = seconds > 0 ? (done - start) / seconds / parts : 0;
        string[] pace =
            rate <= 0
                ? []
                :
                [
                    rate >= 1
                        ? string.Create(CultureInfo.InvariantCulture, $"{rate:G3} {units}/s")
                        : string.Create(CultureInfo.InvariantCulture, $"{1 / rate:G3} s/{unit}"),
                    done < total
                        ? $"{Units.Duration((total - done) / rate / parts)} left"
                        : $"took {Units.Duration(seconds)}",
                ];
        return string.Join(", ", [$"{done / parts}/{total / parts} {units}", .. pace, .. columns]);
    }
}
