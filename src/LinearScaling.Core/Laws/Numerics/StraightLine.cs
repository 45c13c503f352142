namespace LinearScaling.Laws.Numerics;

/// <summary>y = Intercept + Slope x by weighted least squares.</summary>
/// <param name="XX">Weighted sum of squared distances of x from its mean.</param>
/// <param name="XY">The same of the products with those of y.</param>
/// <param name="YY">The same of y.</param>
/// <param name="Weight">Sum of the weights.</param>
internal readonly record struct StraightLine(double MeanX, double MeanY, double XX, double XY, double YY, double Weight)
{
    public double Slope => XY / XX;

    public double Intercept => MeanY - Slope * MeanX;

    /// <summary>Weighted sum of the squared residuals.</summary>
    public double Rest => Math.Max(0, YY - Slope * XY);

    public double RSquared => YY > 0 ? 1 - Rest / YY : 1;

    public static StraightLine Fit(
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
            meanX += w * x[i];
            meanY += w * y[i];
        }
        meanX /= sum;
        meanY /= sum;
        double xx = 0,
            xy = 0,
            yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var w = weights.IsEmpty ? 1 : weights[i];
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += w * dx * dx;
            xy += w * dx * dy;
            yy += w * dy * dy;
        }
        return new(meanX, meanY, xx, xy, yy, sum);
    }
}
