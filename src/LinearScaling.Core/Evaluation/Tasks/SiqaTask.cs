using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>Social IQa (arXiv:1904.09728): what people do, feel or want in a situation.</summary>
public sealed record SiqaTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } =
        new("siqa", "validation", "allenai/social_i_qa", "train", "social_i_qa");

    public override Question Question(TaskDocument document, EvalOptions options) =>
        !document.Has("answerA")
            ? Prepared(document)
            : new(
                $"Q: {document.Text("context")} {document.Text("question")}\nA:",
                [document.Text("answerA"), document.Text("answerB"), document.Text("answerC")],
                document.Number("label") - 1
            );

    /// <summary>A prepared question in its common form: <c>Context: ...\nQuestion: ...\nChoices:\nA. ...</c>; published
    /// ones have two of the three choices.</summary>
    private static Question Prepared(TaskDocument document)
    {
        var (head, choices) = LetteredQuery.Split(document);
        var at = head.IndexOf("\nQuestion: ", StringComparison.Ordinal);
        if (!head.StartsWith("Context: ", StringComparison.Ordinal) || at < 0)
            throw document.Wrong("query", "Context: and Question:, each on a line");
        return new(
            $"Q: {head["Context: ".Length..at]} {head[(at + "\nQuestion: ".Length)..]}\nA:",
            choices,
            document.Number("gold")
        );
    }
}
