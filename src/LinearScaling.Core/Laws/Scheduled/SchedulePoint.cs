using System.Numerics;

namespace LinearScaling.Laws.Scheduled;

/// <summary>A place on a run's schedule, with what the laws of whole curves need of all that came before it.</summary>
public sealed class SchedulePoint
{
    internal SchedulePoint(LearningRates rates, double position)
    {
        (Rates, Position) = (rates, position);
        LogSum = Math.Log(rates.Sum(position));
        var changes = rates.Changes(position);
        // Padded to whole vectors with changes of 0.
        var length = (changes.Count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        (Change, LogRate, LogAhead) = (new double[length], new double[length], new double[length]);
        for (var i = 0; i < changes.Count; i++)
        {
            Change[i] = changes[i].Change;
            LogRate[i] = Math.Log(changes[i].Rate);
            LogAhead[i] = Math.Log(changes[i].Ahead);
        }
        var (sum, area) = rates.Annealing(position);
        (LogFlatSum, AnnealingArea) = (Math.Log(sum), area);
    }

    /// <summary>The whole schedule.</summary>
    public LearningRates Rates { get; }

    /// <summary>Steps done, or tokens.</summary>
    public double Position { get; }

    /// <summary>ln of the sum of the rates so far.</summary>
    public double LogSum { get; }

    /// <summary>The same with the warm-up's rates at their peak.</summary>
    internal double LogFlatSum { get; }

    internal double AnnealingArea { get; }

    internal double[] Change { get; }

    internal double[] LogRate { get; }

    internal double[] LogAhead { get; }
}
