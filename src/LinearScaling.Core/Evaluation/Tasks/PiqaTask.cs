using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>PIQA (arXiv:1911.11641): which of two ways reaches an everyday goal.</summary>
public sealed record PiqaTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } = new("piqa", "validation", "ybisk/piqa", "train");

    public override Question Question(TaskDocument document, EvalOptions options) =>
        document.Has("goal")
            ? new(
                $"Question: {document.Text("goal")}\nAnswer:",
                [document.Text("sol1"), document.Text("sol2")],
                document.Number("label")
            )
            : Prepared(document, "\nAnswer:");
}
