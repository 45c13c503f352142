using LinearScaling.Runs;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Torch.Training;

/// <summary>What one rank tells the others of a step.</summary>
/// <param name="Loss">Its part of the mean loss.</param>
/// <param name="Busy">Seconds in which it waited for no other.</param>
internal readonly record struct RankReport(double Loss, double Busy)
{
    /// <summary>Every rank's, in the order of the ranks; every rank has to call.</summary>
    public static IReadOnlyList<RankReport> Exchange(ICollectives ranks, Device device, double loss, TimeSpan busy) =>
        [
            .. ranks
                .Gather([loss, busy.TotalSeconds], device, "losses")
                .Select(values => new RankReport(values[0], values[1])),
        ];

    /// <summary>A step's record with what only several ranks have.</summary>
    /// <param name="waited">How long this rank waited for others and their data.</param>
    public static StepRecord Complete(StepRecord record, IReadOnlyList<RankReport> reports, TimeSpan waited)
    {
        if (reports.Count == 1)
            return record;
        var slowest = reports.Index().MaxBy(r => r.Item.Busy);
        return record with
        {
            Ranks = reports.Count,
            CommunicationSeconds = waited.TotalSeconds,
            SlowestRank = slowest.Index,
            LagSeconds = slowest.Item.Busy - reports.Average(r => r.Busy),
        };
    }
}
