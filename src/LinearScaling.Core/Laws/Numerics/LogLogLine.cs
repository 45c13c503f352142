namespace LinearScaling.Laws.Numerics;

/// <summary>y = Coefficient x^Exponent by weighted least squares on logarithms.</summary>
/// <param name="RSquared">Of the weighted regression, in logarithms.</param>
/// <param name="ResidualStd">Standard deviation of the residuals, in ln y, with n - 2 degrees of freedom; NaN for two
/// points.</param>
public sealed record LogLogLine(double Coefficient, double Exponent, double RSquared, double ResidualStd, int Points)
{
    public double At(double x) => Coefficient * Math.Pow(x, Exponent);

    /// <summary>Null where fewer than two different x remain.</summary>
    public static LogLogLine? Fit(
        ReadOnlySpan<double> x,
        ReadOnlySpan<double> y,
        ReadOnlySpan<double> weights = default
    )
    {
        double sum = 0,
            meanX = 0,
            meanY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var w = weights.IsEmpty ? 1 : weights[i];
            sum += w;
            meanX += w * Math.Log(x[i]);
            meanY += w * Math.Log(y[i]);
        }
        meanX /= sum;
        meanY /= sum;
        double xx = 0,
            xy = 0,
            yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var w = weights.IsEmpty ? 1 : weights[i];
            var (dx, dy) = (Math.Log(x[i]) - meanX, Math.Log(y[i]) - meanY);
            xx += w * dx * dx;
            xy += w * dx * dy;
            yy += w * dy * dy;
        }
        if (x.Length < 2 || !(xx / sum > 1e-18))
            return null;
        var slope = xy / xx;
        var rest = Math.Max(0, yy - slope * xy);
        var scale = x.Length / sum; // mean weight 1, so that the residual spread does not depend on the weights' unit
        return new(
            Math.Exp(meanY - slope * meanX),
            slope,
            yy > 0 ? 1 - rest / yy : 1,
            x.Length > 2 ? Math.Sqrt(rest * scale / (x.Length - 2)) : double.NaN,
            x.Length
        );
    }
}
