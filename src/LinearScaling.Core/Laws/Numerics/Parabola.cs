namespace LinearScaling.Laws.Numerics;

/// <summary>y = Constant + Slope u + Curvature u^2, u = x - Center.</summary>
public readonly record struct Parabola(double Center, double Constant, double Slope, double Curvature)
{
    /// <summary>Where it is least, if it opens upwards.</summary>
    public double Vertex => Center - Slope / (2 * Curvature);

    /// <summary>Its value there.</summary>
    public double AtVertex => Constant - Slope * Slope / (4 * Curvature);

    public double At(double x) => x - Center is var u ? Constant + u * (Slope + u * Curvature) : 0;
}

/// <summary>Weighted least squares of parabolas over fixed x: solved once, so that each further set of y costs three
/// sums.</summary>
internal sealed class ParabolaDesign
{
    private readonly double center;
    private readonly double low;
    private readonly double high;
    private readonly double[,] factor; // of the normal equations, Cholesky's
    private readonly double[][] rows; // of the matrix that turns y into the three coefficients

    /// <param name="x">At least three different values.</param>
    public ParabolaDesign(IReadOnlyList<double> x, IReadOnlyList<double> weights)
    {
        X = x;
        (low, high) = (x.Min(), x.Max());
        center = x.Average();
        var powers = x.Select(v => v - center).Select(u => new[] { 1, u, u * u }).ToArray();
        var matrix = new double[3, 3];
        for (var p = 0; p < powers.Length; p++)
        for (var i = 0; i < 3; i++)
        for (var j = 0; j < 3; j++)
            matrix[i, j] += weights[p] * powers[p][i] * powers[p][j];
        factor = SmallMatrix.Cholesky(matrix);
        rows =
        [
            .. powers.Select((power, p) => SmallMatrix.Solve(factor, Array.ConvertAll(power, v => weights[p] * v))),
        ];
        Leverages = [.. powers.Select((power, p) => power.Zip(rows[p], (a, b) => a * b).Sum())];
    }

    public IReadOnlyList<double> X { get; }

    /// <summary>How much each point pulls the curve to itself: 0 to 1, three in all.</summary>
    public IReadOnlyList<double> Leverages { get; }

    /// <summary>Whether a parabola opens upwards and has its vertex among the x.</summary>
    public bool HoldsVertex(Parabola p) => p.Curvature > 0 && p.Vertex >= low && p.Vertex <= high;

    /// <summary>How far the curve is off at a place, standard error, where a y of weight 1 is off by one.</summary>
    public double ErrorAt(double x)
    {
        var u = x - center;
        double[] power = [1, u, u * u];
        return Math.Sqrt(power.Zip(SmallMatrix.Solve(factor, power), (a, b) => a * b).Sum());
    }

    public Parabola Fit(ReadOnlySpan<double> y)
    {
        double constant = 0,
            slope = 0,
            curvature = 0;
        for (var p = 0; p < y.Length; p++)
        {
            constant += rows[p][0] * y[p];
            slope += rows[p][1] * y[p];
            curvature += rows[p][2] * y[p];
        }
        return new(center, constant, slope, curvature);
    }
}
