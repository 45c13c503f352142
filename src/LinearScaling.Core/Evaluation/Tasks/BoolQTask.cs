namespace LinearScaling.Evaluation.Tasks;

/// <summary>BoolQ (arXiv:1905.10044): a passage and a question to be answered with yes or no.</summary>
/// <remarks>The label is 1 for yes. The harness of 2021 asked yes first, today's no first, which decides ties alone.</remarks>
public sealed record BoolQTask : MultipleChoiceTask
{
    public override int Version => 2;

    public override TaskSource Source { get; } = new("boolq", "validation", "aps/super_glue boolq", "train");

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        var context = $"{document.Text("passage")}\nQuestion: {document.Text("question")}?\nAnswer:";
        var label = document.Number("label");
        return options.Compat ? new(context, ["yes", "no"], 1 - label) : new(context, ["no", "yes"], label);
    }
}
