namespace LinearScaling.Evaluation.Tasks;

/// <summary>Social IQa (arXiv:1904.09728): what people do, feel or want in a situation.</summary>
public sealed record SiqaTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } = new("siqa", "validation", "allenai/social_i_qa", "train");

    public override Question Question(TaskDocument document, EvalOptions options) =>
        new($"Q: {document.Text("context")} {document.Text("question")}\nA:", [document.Text("answerA"), document.Text("answerB"), document.Text("answerC")], document.Number("label") - 1);
}
