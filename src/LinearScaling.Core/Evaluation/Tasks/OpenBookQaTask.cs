using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>OpenBookQA (arXiv:1809.02789), without the book: the question's stem and four ways to end it.</summary>
public sealed record OpenBookQaTask : MultipleChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } =
        new("openbookqa", "test", "allenai/openbookqa main", "train", "openbook_qa");

    public override Question Question(TaskDocument document, EvalOptions options) =>
        document.Has("query") ? Prepared(document) : Lettered(document, "question_stem");
}
