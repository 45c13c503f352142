using LinearScaling.Compute;

namespace LinearScaling.Laws.Points;

/// <summary>Where the C of a fit is from: a convention by which FLOPs are counted, or a column of a table, as
/// <c>column Training FLOP</c>. It is the <c>convention</c> of a law file.</summary>
public static class ComputeOrigin
{
    private const string ColumnPrefix = "column ";

    /// <param name="derived">What follows from C and the other one under 6ND, N or D, or null.</param>
    public static string Column(string column, string? derived) =>
        ColumnPrefix + column + (derived is null ? "" : $"; {derived} = C/6{(derived == "D" ? "N" : "D")}");

    /// <summary>As a caption: <c>C from the column flops</c>, <c>C = 6ND</c>.</summary>
    public static string Words(string convention) =>
        convention.StartsWith(ColumnPrefix, StringComparison.Ordinal) ? $"C from the {convention}"
        : convention == Flops.SixNd ? "C = 6ND"
        : $"C by the convention '{convention}'";

    /// <summary>The label of an axis of compute.</summary>
    public static string Axis(string convention) => $"{Words(convention)} (training FLOPs)";
}
