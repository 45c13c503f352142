using System.Text.RegularExpressions;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>HellaSwag (arXiv:1905.07830): which ending goes on from a description.</summary>
public sealed partial record HellaSwagTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } = new("hellaswag", "validation", "Rowan/hellaswag", "train");

    public override Question Question(TaskDocument document, EvalOptions options) =>
        !document.Has("endings")
            ? Prepared(document)
            : new(
                Clean(
                    $"{document.Text("activity_label")}: {document.Text("ctx_a")} "
                        + $"{PythonText.Capitalize(document.Text("ctx_b"))}"
                ),
                [.. document.Texts("endings").Select(Clean)],
                document.Number("label")
            );

    /// <summary>Takes out the traces of WikiHow's headings.</summary>
    private static string Clean(string text) =>
        Brackets()
            .Replace(PythonText.Trim(text).Replace(" [title]", ". ", StringComparison.Ordinal), "")
            .Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
