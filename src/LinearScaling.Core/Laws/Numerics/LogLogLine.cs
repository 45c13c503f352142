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
        if (x.Length < 2)
            return null;
        var (logX, logY) = (new double[x.Length], new double[x.Length]);
        for (var i = 0; i < x.Length; i++)
            (logX[i], logY[i]) = (Math.Log(x[i]), Math.Log(y[i]));
        var line = StraightLine.Fit(logX, logY, weights);
        if (!(line.XX / line.Weight > 1e-18))
            return null;
        var scale = x.Length / line.Weight; // mean weight 1, so that the residual spread does not depend on their unit
        return new(
            Math.Exp(line.Intercept),
            line.Slope,
            line.RSquared,
            x.Length > 2 ? Math.Sqrt(line.Rest * scale / (x.Length - 2)) : double.NaN,
            x.Length
        );
    }
}
