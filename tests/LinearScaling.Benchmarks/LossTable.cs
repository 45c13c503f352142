using System.Globalization;
using System.Text.Json;

namespace LinearScaling.Benchmarks;

/// <summary>How far the losses of one run are from those of another, step by step.</summary>
internal static class LossTable
{
    /// <param name="reference">A metrics.jsonl.</param>
    /// <param name="found">Another, of the same steps.</param>
    /// <param name="bound">The largest relative difference that is no mistake.</param>
    /// <returns>0, or 1 where it is larger.</returns>
    public static int Compare(string name, string reference, string found, string bound)
    {
        var (expected, losses) = (Losses(reference), Losses(found));
        var differences = expected.Zip(losses, (a, b) => Math.Abs(a / b - 1));
        var difference = expected.Length == losses.Length ? differences.Max() : double.NaN;
        var good = difference <= double.Parse(bound, CultureInfo.InvariantCulture);
        Console.WriteLine(
            $"| {name} | {losses.Length} | {difference:E1} | {bound} | {expected[^1]:F4} | "
                + $"{losses.LastOrDefault():F4} | {(good ? "yes" : "NO")} |"
        );
        return good ? 0 : 1;
    }

    private static double[] Losses(string metrics) =>
        [.. File.ReadLines(metrics).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("loss").GetDouble())];
}
