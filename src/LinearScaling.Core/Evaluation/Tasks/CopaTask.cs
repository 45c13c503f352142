using System.Text;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>COPA (Roemmele et al. 2011): which of two sentences is the cause or the effect of a third.</summary>
/// <remarks>One space before a choice, as in the harness of 2021; today's has two, by an accident of its
/// configuration.</remarks>
public sealed record CopaTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } = new("copa", "validation", "aps/super_glue copa", "train");

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        if (!document.Has("premise"))
            return Prepared(document);
        var connector = document.Text("question") switch
        {
            "cause" => "because",
            "effect" => "therefore",
            _ => throw document.Wrong("question", "cause or effect"),
        };
        return new(
            $"{PythonText.Trim(document.Filled("premise"))[..^1]} {connector}",
            [Uncapitalize(document.Filled("choice1")), Uncapitalize(document.Filled("choice2"))],
            document.Number("label")
        );
    }

    private static string Uncapitalize(string text) =>
        Rune.ToLowerInvariant(Rune.GetRuneAt(text, 0)) + text[Rune.GetRuneAt(text, 0).Utf16SequenceLength..];
}
