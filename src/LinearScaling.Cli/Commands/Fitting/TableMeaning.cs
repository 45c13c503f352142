using System.CommandLine;
using LinearScaling.Cli.Reports;
using LinearScaling.Laws.Points;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary>What a table is fitted by where no form was named: what its columns can mean, as it would be for
/// runs.</summary>
internal static class TableMeaning
{
    /// <summary>Its points; what a reader should know about them is said.</summary>
    public static PointSet Read(TablePoints table, FitOutput output)
    {
        var points = table.Read();
        foreach (var note in points.Notes)
            output.Note(note);
        return points;
    }

    /// <summary>The curves of its runs, where it has several rows a run; null where not.</summary>
    public static RunCurves? Curves(ParseResult parse, PointSet points, string table, string metric) =>
        TableCurves.Has(points)
            ? TableCurves.Trace(points, table, metric, parse.GetValue(FitOptions.BurnIn) ?? RunCurves.DefaultBurnIn)
            : null;

    /// <summary>The form for a row a run.</summary>
    /// <exception cref="LinearScalingException">C alone, which can mean two laws.</exception>
    public static string Form(string table, IReadOnlyDictionary<string, TableColumn> columns) =>
        columns.ContainsKey("N") || (columns.ContainsKey("C") && columns.ContainsKey("D")) ? "chinchilla"
        : columns.ContainsKey("X") ? "power_law"
        : columns.ContainsKey("C") ? throw CommandMistakes.OnlyCompute(table)
        : "chinchilla";
}
