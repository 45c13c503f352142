using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation;

/// <summary>Contexts that may precede the same continuation.</summary>
/// <param name="Continuation">Without the space that separates it from the contexts.</param>
public sealed record ContextChoice(IReadOnlyList<string> Contexts, string Continuation, int Gold);

/// <summary>Partial evaluation (arXiv:1806.02847): the answer is the context after which the rest of the sentence is
/// likeliest. The rest is the same, so no length enters.</summary>
public abstract record ContextChoiceTask : DocumentTask
{
    public override IReadOnlyList<Metric> Metrics(EvalOptions options) => [new Metric.Mean("acc")];

    public abstract ContextChoice Choice(TaskDocument document);

    public override string Example(TaskDocument document, EvalOptions options)
    {
        var choice = Checked(document);
        return $"{choice.Contexts[choice.Gold]} {choice.Continuation}";
    }

    public override EvalItem Item(TaskDocument document, string id, string examples, EvalOptions options)
    {
        var choice = Checked(document);
        return new(
            id,
            [.. choice.Contexts.Select(c => new LogLikelihoodRequest(examples + c, " " + choice.Continuation))],
            answers => new Dictionary<string, Sample>
            {
                ["acc"] = new(ChoiceScores.Best(answers.Count, i => answers[i].LogLikelihood) == choice.Gold ? 1 : 0),
            }
        );
    }

    private ContextChoice Checked(TaskDocument document)
    {
        var choice = Choice(document);
        return choice.Gold >= 0 && choice.Gold < choice.Contexts.Count
            ? choice
            : throw document.Wrong("answer", $"one of {choice.Contexts.Count} options");
    }
}
