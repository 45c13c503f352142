using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>SciQ (arXiv:1707.06209): a science question after a passage that supports its answer.</summary>
public sealed record SciQTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } = new("sciq", "test", "allenai/sciq", "train");

    /// <remarks>The harness of 2021 trimmed the whole context, today's the passage's beginning alone: they differ where
    /// there is no passage.</remarks>
    public override Question Question(TaskDocument document, EvalOptions options)
    {
        var question = $"\nQuestion: {document.Text("question")}\nAnswer:";
        return new(
            options.Compat
                ? PythonText.Trim(document.Text("support") + question)
                : PythonText.TrimStart(document.Text("support")) + question,
            [
                document.Text("distractor1"),
                document.Text("distractor2"),
                document.Text("distractor3"),
                document.Text("correct_answer"),
            ],
            3
        );
    }
}
