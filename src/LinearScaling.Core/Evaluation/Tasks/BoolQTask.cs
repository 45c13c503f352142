using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>BoolQ (arXiv:1905.10044): a passage and a question to be answered with yes or no.</summary>
/// <remarks>The label is 1 for yes. The harness of 2021 asked yes first, today's no first, which decides ties
/// alone.</remarks>
public sealed record BoolQTask : MultipleChoiceTask
{
    private const string Heading = "Passage: ";

    public override int Version => 2;

    public override TaskSource Source { get; } = new("boolq", "validation", "aps/super_glue boolq", "train");

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        var (context, label) = document.Has("query")
            ? FromPrepared(document)
            : (
                $"{document.Text("passage")}\nQuestion: {document.Text("question")}?\nAnswer:",
                document.Number(document.Has("answer") ? "answer" : "label")
            );
        return options.Compat ? new(context, ["yes", "no"], 1 - label) : new(context, ["no", "yes"], label);
    }

    /// <summary>A prepared question in its common form, with the choices in either order. Some published ones have a
    /// heading before the passage and no title.</summary>
    private static (string Context, int Label) FromPrepared(TaskDocument document)
    {
        var (context, choices, gold) = Prepared(document, "\nAnswer:");
        var label = gold >= 0 && gold < choices.Count ? Array.IndexOf(["no", "yes"], choices[gold]) : -1;
        if (label < 0)
            throw document.Wrong("choices and gold", "yes or no");
        return (context.StartsWith(Heading, StringComparison.Ordinal) ? context[Heading.Length..] : context, label);
    }
}
