using LinearScaling.Cli.Reports;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;

namespace LinearScaling.Cli.Commands.Fitting;

/// <summary><c>lcs fit --law chinchilla,kaplan</c>: several forms of the same rows.</summary>
internal static class FormFits
{
    /// <summary>The forms named, with commas between them.</summary>
    public static List<LawForm> Named(string text)
    {
        List<LawForm> forms =
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(LawForm.Named),
        ];
        return forms.Count == 0 ? throw new LinearScalingException($"--law '{text}': names no form")
            : forms.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } twice
                ? throw new LinearScalingException($"--law: {twice.Key} is named twice")
            : forms;
    }

    /// <summary>The forms named, each of which runs have all that it reads for.</summary>
    public static List<LawForm> OfRuns(string text)
    {
        var forms = Named(text);
        return forms.Find(f => f is ColumnForm || f.Columns.Count > 0) is { } other
            ? throw CommandMistakes.OnlyOfTables(other)
            : forms;
    }

    /// <summary>The form that says which further columns there may be: one of any columns, if there is one.</summary>
    public static LawForm? Reader(List<LawForm>? forms) =>
        forms?.Find(f => f is ColumnForm) ?? forms?.Find(f => f.Columns.Count > 0);

    /// <summary>The further columns that forms read: the same ones, where several read any.</summary>
    public static IReadOnlyList<string> Columns(List<LawForm>? forms)
    {
        var reading = forms?.FindAll(f => f.Columns.Count > 0) ?? [];
        return reading.Find(f => !f.Columns.SequenceEqual(reading[0].Columns)) is { } other
                ? throw new LinearScalingException(
                    $"--law: {reading[0].Name} reads the columns {string.Join(", ", reading[0].Columns)}, {other.Name} "
                        + $"{string.Join(", ", other.Columns)}; compare forms of the same columns"
                )
            : reading.Count > 0 ? reading[0].Columns
            : [];
    }

    /// <summary>The one loss for all, since objectives under different ones cannot be compared: the first form's, as
    /// long as each form can be fitted by it.</summary>
    public static List<FitLoss> Shared(IReadOnlyList<LawForm> forms, List<FitLoss> losses, FitOutput output)
    {
        if (losses.TrueForAll(l => l == losses[0]))
            return losses;
        var shared = losses[0].Log && forms.Any(f => !f.Positive) ? FitLoss.Squared : losses[0];
        output.Note($"all forms minimise one loss: {shared.Description}; choose another with --loss");
        return losses.ConvertAll(_ => shared);
    }

    /// <summary>The form of a metric that rises, and says so.</summary>
    public static string Sigmoid(FitOutput output, string metric)
    {
        output.Note($"{metric}: fitted as a sigmoid; choose another form with --law");
        return "sigmoid";
    }
}
