namespace LinearScaling.Laws.Numerics;

/// <summary>The zero of a continuous function that is known to lie between two ends.</summary>
internal static class BracketedRoot
{
    private const int MostSteps = 200;

    /// <summary>Ridders' method (IEEE Transactions on Circuits and Systems 26, 1979): as fast as Newton's near the
    /// zero, and never slower than bisection, since every step at least halves the bracket.</summary>
    /// <remarks>The function has opposite signs at the ends; nothing else is asked of it.</remarks>
    public static double Find(Func<double, double> function, double low, double high)
    {
        var (atLow, atHigh) = (function(low), function(high));
        if (atLow == 0 || atHigh == 0)
            return atLow == 0 ? low : high;
        var found = high;
        for (var step = 0; step < MostSteps; step++)
        {
            var middle = 0.5 * (low + high);
            var atMiddle = function(middle);
            var bend = atMiddle / Math.Sqrt(atMiddle * atMiddle - atLow * atHigh);
            var next = middle + (middle - low) * (atLow > atHigh ? bend : -bend);
            if (!(next > low && next < high))
                next = middle; // the curve through the three points is not a number
            var atNext = function(next);
            var moved = Math.Abs(next - found);
            found = next;
            if (atNext == 0 || moved <= Enough(next))
                break;
            // What holds the change of sign: middle and next, or next and the end that differs from it.
            if (atMiddle > 0 != atNext > 0)
                (low, atLow, high, atHigh) =
                    middle < next ? (middle, atMiddle, next, atNext) : (next, atNext, middle, atMiddle);
            else if (atLow > 0 != atNext > 0)
                (high, atHigh) = (next, atNext);
            else
                (low, atLow) = (next, atNext);
            if (high - low <= Enough(next))
                break;
        }
        return found;
    }

    private static double Enough(double at) => 1e-14 * (1 + Math.Abs(at));
}
