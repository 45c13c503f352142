namespace LinearScaling.Laws.Scheduled;

/// <summary>The learning rate of a run by its step, with sums up to any step: straight lines between the steps at which
/// it is known, and a line from 0 before the first of them.</summary>
/// <remarks>The position may be counted in tokens as well: then every sum is larger by the tokens of a step, which a
/// law's constants take up.</remarks>
public sealed class LearningRates
{
    /// <summary>How far apart the rates of two runs of one schedule may lie, as a fraction of the peak.</summary>
    private const double SameRate = 1e-4;

    private readonly double[] positions;
    private readonly double[] rates;
    private readonly double[] sums;
    private readonly AnnealingSums annealing;

    /// <param name="known">Positions, rising, and the rates there, at least 0 and not all 0.</param>
    public LearningRates(IEnumerable<(double Position, double Rate)> known)
    {
        var knots = known.ToList();
        FirstKnown = knots[0].Position;
        if (FirstKnown > 1)
            knots.Insert(0, (0, 0));
        positions = [.. knots.Select(k => k.Position)];
        rates = [.. knots.Select(k => k.Rate)];
        Peak = rates.Max();
        WarmedUp = positions[Array.FindIndex(rates, r => r >= Peak * (1 - SameRate))];
        sums = new double[rates.Length];
        sums[0] = rates[0];
        for (var i = 1; i < sums.Length; i++)
            sums[i] = sums[i - 1] + Part(i - 1, positions[i] - positions[i - 1]);
        annealing = new(positions, rates, Array.FindIndex(rates, r => r >= Peak * (1 - SameRate)));
    }

    /// <summary>The first position at which the rate is known; before it lies a line from 0.</summary>
    public double FirstKnown { get; }

    /// <summary>The last position.</summary>
    public double Last => positions[^1];

    /// <summary>The highest rate.</summary>
    public double Peak { get; }

    /// <summary>Where the rate first reaches its peak.</summary>
    public double WarmedUp { get; }

    public double Rate(double position)
    {
        var i = Segment(position);
        return rates[i] + (rates[i + 1] - rates[i]) * (position - positions[i]) / (positions[i + 1] - positions[i]);
    }

    /// <summary>The sum of the rates of all steps up to <paramref name="position"/>, that one included.</summary>
    public double Sum(double position)
    {
        var i = Segment(position);
        return sums[i] + Part(i, position - positions[i]);
    }

    /// <summary>What the laws need of the schedule up to a position within it.</summary>
    public SchedulePoint At(double position) => new(this, position);

    /// <summary>Whether two runs have one schedule as far as both go, and end at the same place.</summary>
    public bool IsSameAs(LearningRates other) =>
        Math.Abs(Last / other.Last - 1) < 0.01
        && Enumerable
            .Range(1, 64)
            .Select(i => Math.Min(Last, other.Last) * i / 64)
            .All(p => Math.Abs(Rate(p) - other.Rate(p)) <= 0.01 * Math.Max(Peak, other.Peak));

    /// <summary>The two sums of the annealing law at a position: of the rates with the warm-up at its peak, and the
    /// annealing area.</summary>
    internal (double Sum, double Area) Annealing(double position)
    {
        var i = Segment(position);
        return annealing.At(i, position - positions[i]);
    }

    /// <summary>Changes of the rate up to a position, the last first; changes that are alike to a law are merged into
    /// one.</summary>
    internal IReadOnlyList<RateChange> Changes(double position)
    {
        var merging = new ChangeMerger();
        var total = Sum(position);
        for (var i = Segment(position); i >= 0; i--)
            if (rates[i + 1] != rates[i])
                Add(merging, total, i, 0, Math.Min(position, positions[i + 1]) - positions[i]);
        return merging.End();
    }

    /// <summary>Adds the changes of steps <paramref name="from"/> + 1 to <paramref name="to"/> of a segment, in parts
    /// over which neither the rate nor what lies ahead changes much.</summary>
    private void Add(ChangeMerger merging, double total, int i, double from, double to)
    {
        var slope = (rates[i + 1] - rates[i]) / (positions[i + 1] - positions[i]);
        double RateAt(double steps) => rates[i] + slope * steps;
        double Ahead(double steps) => total - sums[i] - Part(i, steps);
        if (
            to - from >= 2
            && !(
                ChangeMerger.IsNear(Ahead(from), Ahead(to - 1), ChangeMerger.Ahead)
                && ChangeMerger.IsNear(RateAt(from + 1), RateAt(to), ChangeMerger.Rate)
            )
        )
        {
            var middle = Math.Floor(0.5 * (from + to));
            Add(merging, total, i, middle, to);
            Add(merging, total, i, from, middle);
            return;
        }
        merging.Add(slope * (to - from), RateAt(0.5 * (from + to + 1)), Ahead(0.5 * (from + to - 1)));
    }

    /// <summary>The sum of the rates of the first steps of a segment.</summary>
    private double Part(int i, double steps) =>
        steps * rates[i] + (rates[i + 1] - rates[i]) / (positions[i + 1] - positions[i]) * 0.5 * steps * (steps + 1);

    private int Segment(double position)
    {
        var found = Array.BinarySearch(positions, position);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, positions.Length - 2);
    }
}
