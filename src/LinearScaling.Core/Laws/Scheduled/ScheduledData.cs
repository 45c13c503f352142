using System.Globalization;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Scheduled;

/// <summary>Curves for laws of schedules, with what was left out.</summary>
/// <param name="Position">What positions are: <c>step</c>, or <c>D</c> in tokens.</param>
/// <param name="Cautions">Reasons not to trust any law of them.</param>
public sealed record ScheduledData(
    string Position,
    IReadOnlyList<ScheduledCurve> Curves,
    IReadOnlyList<LeftOut> LeftOut,
    IReadOnlyList<Caution> Cautions
)
{
    /// <summary>Fingerprint of every number that enters the fits.</summary>
    public string Hash =>
        DataFingerprint.Compute(
            Curves.SelectMany(c => c.Points.SelectMany(p => new[] { p.Position, p.Value, c.Rates.Sum(p.Position) }))
        );

    /// <summary>The points of a run that count: positive numbers after the warm-up and the burn-in, at most 64; none
    /// where fewer than two do. What does not count is listed.</summary>
    /// <param name="values">By rising position.</param>
    internal static IReadOnlyList<StepValue> Usable(
        string what,
        string metric,
        LearningRates rates,
        IReadOnlyList<StepValue> values,
        double burnIn,
        List<LeftOut> leftOut
    )
    {
        List<StepValue> Keep(List<StepValue> from, Func<StepValue, bool> test, string why)
        {
            var kept = from.FindAll(v => test(v));
            if (kept.Count < from.Count)
                leftOut.Add(new(what, from.Count - kept.Count, why));
            return kept;
        }
        var usable = Keep([.. values], v => double.IsFinite(v.Value) && v.Value > 0, "not a positive number");
        // A rate that rises for most of the run is its schedule, not a warm-up.
        if (rates.WarmedUp < 0.5 * rates.Last)
            usable = Keep(usable, v => v.Position >= rates.WarmedUp, "warm-up: the learning rate still rises");
        var from = burnIn * rates.Last;
        usable = Keep(
            usable,
            v => v.Position > 0 && v.Position >= from,
            string.Create(CultureInfo.InvariantCulture, $"burn-in: the first {100 * burnIn:0.##}% of the run")
        );
        if (usable.Count >= 2)
            return ScheduledCurve.Binned(usable);
        leftOut.Add(new(what, usable.Count, values.Count == 0 ? $"holds no {metric}" : "fewer than two points remain"));
        return [];
    }
}
