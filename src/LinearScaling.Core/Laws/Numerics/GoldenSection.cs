namespace LinearScaling.Laws.Numerics;

/// <summary>The minimum of a function of one variable that falls and then rises.</summary>
internal static class GoldenSection
{
    private const double Ratio = 0.6180339887498949;

    /// <returns>Where it is, to within a tolerance.</returns>
    public static double Minimize(Func<double, double> function, double low, double high, double tolerance)
    {
        var (left, right) = (high - Ratio * (high - low), low + Ratio * (high - low));
        var (atLeft, atRight) = (function(left), function(right));
        while (high - low > tolerance)
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - Ratio * (high - low);
                atLeft = function(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + Ratio * (high - low);
                atRight = function(right);
            }
        return 0.5 * (low + high);
    }
}
