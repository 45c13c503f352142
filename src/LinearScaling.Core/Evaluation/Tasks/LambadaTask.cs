using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>LAMBADA (arXiv:1606.06031): the last word of a passage, which can be guessed from the whole passage
/// only.</summary>
/// <remarks>perplexity = exp(-mean log-likelihood of the word); acc: greedy decoding gives it.</remarks>
public abstract record LambadaTask : DocumentTask
{
    public override int Version => 1;

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.Perplexity("perplexity"), new Metric.Mean("acc")];

    public override string Example(TaskDocument document, EvalOptions options) => Passage(document);

    public override EvalItem Item(TaskDocument document, string id, string examples, EvalOptions options)
    {
        var passage = Passage(document);
        var last = passage.LastIndexOf(' ');
        if (last < 0)
            throw document.Wrong("text", "two words at least");
        return new(
            id,
            [new LogLikelihoodRequest(examples + passage[..last], passage[last..])],
            answers => new Dictionary<string, Sample>
            {
                ["perplexity"] = new(answers[0].LogLikelihood),
                ["acc"] = new(answers[0].IsGreedy ? 1 : 0),
            }
        );
    }

    private static string Passage(TaskDocument document) =>
        document.Has("text") ? document.Text("text") : $"{document.Text("context")} {document.Text("continuation")}";
}

/// <summary>LAMBADA with the text as OpenAI prepared it for GPT-2.</summary>
public sealed record LambadaOpenAiTask : LambadaTask
{
    public override TaskSource Source { get; } = new("lambada_openai", "test", "EleutherAI/lambada_openai default");
}

/// <summary>LAMBADA with its original, tokenised text.</summary>
public sealed record LambadaStandardTask : LambadaTask
{
    public override TaskSource Source { get; } = new("lambada_standard", "test", "cimec/lambada", "validation");
}
