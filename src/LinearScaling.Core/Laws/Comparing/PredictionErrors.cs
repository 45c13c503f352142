namespace LinearScaling.Laws.Comparing;

/// <summary>How far predictions lie from what was measured.</summary>
/// <param name="Points">Measurements predicted.</param>
/// <param name="Relative">Whether errors are predicted / measured - 1; where a measurement is 0 or negative, they are
/// predicted - measured, in the metric's unit.</param>
/// <param name="Mean">With sign.</param>
/// <param name="MeanSize">Mean of the errors' sizes.</param>
/// <param name="Worst">The largest in size, with sign.</param>
public sealed record PredictionErrors(int Points, bool Relative, double Mean, double MeanSize, double Worst)
{
    /// <summary>Null where there is nothing to predict.</summary>
    public static PredictionErrors? Measure(IEnumerable<(double Predicted, double Measured)> pairs)
    {
        var all = pairs.ToList();
        if (all.Count == 0)
            return null;
        var relative = all.TrueForAll(p => p.Measured > 0);
        var errors = all.ConvertAll(p => relative ? p.Predicted / p.Measured - 1 : p.Predicted - p.Measured);
        return new(all.Count, relative, errors.Average(), errors.Average(Math.Abs), errors.MaxBy(Math.Abs));
    }
}
