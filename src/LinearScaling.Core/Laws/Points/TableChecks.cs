using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Points;

/// <summary>What N, D and C of a table say of their units, and of each other.</summary>
internal static class TableChecks
{
    private const double FewestParameters = 1e3;

    private const double FewestTokensPerParameter = 0.01;

    /// <summary>Rounded columns differ by as much.</summary>
    private const double Agreement = 0.01;

    /// <summary>From here on D is no longer known from C and N.</summary>
    private const double MostScatter = 0.05;

    /// <param name="points">Of one group.</param>
    /// <param name="columns">By role, as they were named.</param>
    public static IEnumerable<Caution> Check(
        IReadOnlyList<Observation> points,
        IReadOnlyDictionary<string, TableColumn> columns
    )
    {
        var few = points.Where(o => o.N < FewestParameters).ToList();
        if (few.Count > 0)
            yield return new(
                "units",
                $"N is below {FewestParameters:0} at {few.Count} of {points.Count} points ({Range(few, o => o.N)}): "
                    + $"in millions or billions of parameters? If so, {Mend("N", columns)}"
            );
        var untrained = points.Where(o => o.D < FewestTokensPerParameter * o.N).ToList();
        if (untrained.Count > 0)
            yield return new(
                "units",
                $"D is below N/100 at {untrained.Count} of {points.Count} points "
                    + $"(D/N {Range(untrained, o => o.D / o.N)}): in millions or billions of tokens? If so, "
                    + Mend("D", columns)
            );
        if (!AllNamed(columns) || Ratios(points) is not { Length: > 0 } ratios)
            yield break;
        if (Interval.Quantile(ratios, 0.5) is (< 1.0 / 3 or > 3) and var median)
            yield return new(
                "units",
                $"C from the column {columns["C"].Name} is {median:G3} times 6ND in the median: are N, D and C in "
                    + "single parameters, tokens and FLOPs? If not, multiply one, as C=flops*1e18"
            );
        if (FlopsRule.Infer(points).Scatter(points) is > MostScatter and var scatter)
            yield return new(
                "flops_scatter",
                $"C/D lies {100 * scatter:F0}% (root mean square) off the power law of N through it: the tokens that "
                    + "a budget buys, and with them D_opt, are known no better"
            );
    }

    /// <summary>How far C is from 6ND where the table names all three; null where it is not, or there is nothing to
    /// compare.</summary>
    public static string? AgainstSixNd(
        IEnumerable<Observation> points,
        IReadOnlyDictionary<string, TableColumn> columns
    )
    {
        if (!AllNamed(columns) || Ratios(points) is not { Length: > 0 } ratios)
            return null;
        var (low, median, high) = (ratios[0], Interval.Quantile(ratios, 0.5), ratios[^1]);
        return low > 1 - Agreement && high < 1 + Agreement
            ? null
            : $"C from the column {columns["C"].Name} is {median:G4} times 6ND in the median ({low:G4} to {high:G4}); "
                + "budgets are spent by the power law C = k N^x D through the points of each group";
    }

    private static bool AllNamed(IReadOnlyDictionary<string, TableColumn> columns) =>
        columns.ContainsKey("N") && columns.ContainsKey("D") && columns.ContainsKey("C");

    /// <summary>C / 6ND, the least first.</summary>
    private static double[] Ratios(IEnumerable<Observation> points) =>
        [.. points.Where(o => o.N > 0 && o.D > 0 && o.C > 0).Select(o => o.C / (6 * o.N * o.D)).Order()];

    private static string Mend(string role, IReadOnlyDictionary<string, TableColumn> columns) =>
        columns.TryGetValue(role, out var column)
            ? $"name it as {role}={column.Text}*1e9 (or *1e6)"
            : "multiply the columns that it follows from, as C=flops*1e18";

    private static string Range(List<Observation> points, Func<Observation, double> value) =>
        points.Count == 1 ? $"{value(points[0]):G4}" : $"{points.Min(value):G4} to {points.Max(value):G4}";
}
