using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>CommonsenseQA (arXiv:1811.00937): five lettered choices, answered with a letter.</summary>
public sealed record CommonsenseQaTask : MultipleChoiceTask
{
    private static readonly string[] Letters = ["A", "B", "C", "D", "E"];

    private const string Start = "Question: ";
    private const string Ending = "\nAnswer:";

    public override int Version => 1;

    public override TaskSource Source { get; } = new("commonsense_qa", "validation", "tau/commonsense_qa", "train");

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        var (question, choices, gold) = document.Has("query") ? FromPrepared(document) : Lettered(document);
        if (choices.Count > Letters.Length)
            throw document.Wrong("choices", $"{Letters.Length} at most, got {choices.Count}");
        var lines = choices.Zip(Letters, (choice, letter) => $"{letter}. {choice}\n");
        return new(
            $"Question: {PythonText.Trim(question)}\n{string.Concat(lines)}Answer:",
            [.. Letters.Take(choices.Count)],
            gold
        );
    }

    /// <summary>A prepared question in one of its common forms: lettered choices in the query (published ones have four
    /// of the five), or words beside it.</summary>
    private static Question FromPrepared(TaskDocument document)
    {
        var (query, choices) = document.Text("query").Contains(LetteredQuery.Heading, StringComparison.Ordinal)
            ? LetteredQuery.Split(document)
            : (document.Text("query"), document.Texts("choices"));
        query = query.EndsWith(Ending, StringComparison.Ordinal) ? query[..^Ending.Length] : query;
        return new(
            query.StartsWith(Start, StringComparison.Ordinal) ? query[Start.Length..] : query,
            choices,
            document.Number("gold")
        );
    }
}
