namespace LinearScaling.Laws.Observational;

/// <summary>The few numbers that tell most of what models score: gaps imputed, then principal components (arXiv
/// 2405.10938).</summary>
/// <param name="Lowest">Least score a gap is filled with: 0, or less where scores below 0 occur.</param>
public sealed record CapabilitySpace(RankOneImputation Imputation, PrincipalComponents Components, double Lowest)
{
    /// <summary>Components that are kept: three explain 97 % of the published table.</summary>
    public const int MostComponents = 3;

    public int Count => Math.Min(MostComponents, Components.Mean.Length);

    /// <param name="rows">Scores, NaN where missing.</param>
    /// <param name="weights">How often each row counts; those of weight 0 are only projected.</param>
    /// <param name="near">A fit to nearly the same rows: where to start, and the components' signs.</param>
    public static CapabilitySpace Fit(
        IReadOnlyList<double[]> rows,
        IReadOnlyList<double> weights,
        CapabilitySpace? near = null
    )
    {
        var lowest = Math.Min(0, rows.Min(r => r.Where(v => !double.IsNaN(v)).DefaultIfEmpty(0).Min()));
        var imputation = near is null
            ? RankOneImputation.Fit(rows, weights)
            : RankOneImputation.Fit(rows, weights, near.Imputation, 1e-9); // draws scatter by far more
        double[][] filled = [.. rows.Where((_, i) => weights[i] > 0).Select(r => Clipped(imputation.Fill(r), lowest))];
        var components = PrincipalComponents.Fit(filled, [.. weights.Where(w => w > 0)]);
        return new(imputation, near is null ? components : components.SignedAs(near.Components), lowest);
    }

    /// <summary>A model's place along the components, whether or not it was among those fitted.</summary>
    public double[] Place(double[] row) => Components.Scores(Clipped(Imputation.Fill(row), Lowest), Count);

    /// <remarks>Only filled gaps can lie outside.</remarks>
    private static double[] Clipped(double[] row, double lowest) =>
        Array.ConvertAll(row, v => Math.Clamp(v, lowest, 1));
}
