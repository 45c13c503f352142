using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>A task of SCROLLS (arXiv:2201.03533): a long document, and a question or a request for a summary. Inputs
/// longer than the model's window lose their left end.</summary>
/// <remarks>Documents that differ in their answer alone are one item with several references; scores are the best over
/// references, in percent.</remarks>
public abstract record ScrollsTask : EvalTask
{
    public override int Version => 2;

    /// <summary>The data set's name in tau/scrolls.</summary>
    protected abstract string DataSet { get; }

    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs) =>
        [
            .. Source
                .Documents(inputs.TaskData)
                .Documents.GroupBy(d => d.Text("id"))
                .Take(inputs.Limit ?? int.MaxValue)
                .Select(g =>
                    Item(g.Key, g.First(), [.. g.Select(d => d.Text("output"))]) with
                    {
                        Document = About(g.First()),
                    }
                ),
        ];

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs) =>
        new SortedDictionary<string, string>(base.Settings(inputs).ToDictionary(), StringComparer.Ordinal)
        {
            ["data"] = Source.Documents(inputs.TaskData).Hash,
        };

    /// <summary>Questions about the same text share a document: the text without its query, as a hash.</summary>
    private static string About(TaskDocument document) =>
        Convert.ToHexStringLower(
            System.IO.Hashing.XxHash64.Hash(
                System.Text.Encoding.UTF8.GetBytes(
                    document.Text("input") is var input
                    && input.IndexOf("\n\n", StringComparison.Ordinal) is var at and >= 0
                        ? input[at..]
                        : input
                )
            )
        );

    protected abstract EvalItem Item(string id, TaskDocument document, IReadOnlyList<string> references);

    /// <summary>Input of the tasks with a query: the query, a blank line, the text.</summary>
    protected static (string Question, string Text) Split(TaskDocument document)
    {
        var input = document.Text("input");
        var at = input.IndexOf("\n\n", StringComparison.Ordinal);
        return at < 0
            ? throw document.Wrong("input", "a question, a blank line and a text")
            : (input[..at], input[(at + 2)..]);
    }

    protected static string Ask(string text, string question) => $"{text}\n\nQuestion: {question}\nAnswer:";

    protected static Dictionary<string, Sample> Scores(params (string Metric, double Value)[] scores) =>
        scores.ToDictionary(s => s.Metric, s => new Sample(s.Value));

    private TaskSource Source => new($"scrolls/{DataSet}", "validation", $"tau/scrolls {DataSet}");
}

/// <summary>Summaries scored by ROUGE with stemming; <c>rouge</c> is the mean of the three.</summary>
public abstract record ScrollsSummaryTask(int MaxNewTokens) : ScrollsTask
{
    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.Mean("rouge1"), new Metric.Mean("rouge2"), new Metric.Mean("rougeL"), new Metric.Mean("rouge")];

    protected virtual string Prompt(TaskDocument document) =>
        Ask(document.Text("input"), "What is a summary of the preceding text?");

    protected override EvalItem Item(string id, TaskDocument document, IReadOnlyList<string> references) =>
        new(
            id,
            [new GenerationRequest(Prompt(document), ["\n"], MaxNewTokens)],
            answers => Rouges(references, answers[0].Text)
        );

    private static Dictionary<string, Sample> Rouges(IReadOnlyList<string> references, string answer)
    {
        var one = 100 * SquadMetrics.Best(references, r => Rouge.N(r, answer, 1));
        var two = 100 * SquadMetrics.Best(references, r => Rouge.N(r, answer, 2));
        var longest = 100 * SquadMetrics.Best(references, r => Rouge.L(r, answer));
        return Scores(("rouge1", one), ("rouge2", two), ("rougeL", longest), ("rouge", (one + two + longest) / 3));
    }
}

/// <summary>GovReport (arXiv:2104.02112): summaries of government reports.</summary>
public sealed record GovReportTask(int MaxNewTokens = 256) : ScrollsSummaryTask(MaxNewTokens)
{
    protected override string DataSet => "gov_report";
}

/// <summary>SummScreenFD (arXiv:2104.07091): recaps of television episodes.</summary>
public sealed record SummScreenTask(int MaxNewTokens = 256) : ScrollsSummaryTask(MaxNewTokens)
{
    protected override string DataSet => "summ_screen_fd";
}

/// <summary>QMSum (arXiv:2104.05938): summaries of meetings for a query.</summary>
public sealed record QmSumTask(int MaxNewTokens = 256) : ScrollsSummaryTask(MaxNewTokens)
{
    protected override string DataSet => "qmsum";

    protected override string Prompt(TaskDocument document) =>
        Split(document) is var (question, text) ? Ask(text, question) : "";
}

/// <summary>NarrativeQA (arXiv:1712.07040): questions about books and films, scored by token F1.</summary>
public sealed record NarrativeQaTask(int MaxNewTokens = 256) : ScrollsTask
{
    protected override string DataSet => "narrative_qa";

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) => [new Metric.Mean("f1")];

    protected override EvalItem Item(string id, TaskDocument document, IReadOnlyList<string> references)
    {
        var (question, text) = Split(document);
        return new(
            id,
            [new GenerationRequest(Ask(text, question), ["\n"], MaxNewTokens)],
            answers => Scores(("f1", 100 * SquadMetrics.Best(references, r => SquadMetrics.F1(answers[0].Text, r))))
        );
    }
}

/// <summary>Qasper (arXiv:2105.03011): questions about papers. Those whose answers are all yes or no are answered by
/// the likelier of the two.</summary>
public sealed record QasperTask(int MaxNewTokens = 256) : ScrollsTask
{
    protected override string DataSet => "qasper";

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) => [new Metric.Mean("f1")];

    protected override EvalItem Item(string id, TaskDocument document, IReadOnlyList<string> references)
    {
        var (question, text) = Split(document);
        var prompt = Ask(text, question);
        return references.All(r => SquadMetrics.Normalize(r) is "yes" or "no")
            ? new(
                id,
                [new LogLikelihoodRequest(prompt, " yes"), new LogLikelihoodRequest(prompt, " no")],
                answers => F1(answers[0].LogLikelihood > answers[1].LogLikelihood ? " yes" : " no")
            )
            : new(
                id,
                [new GenerationRequest(prompt, ["\n"], MaxNewTokens)],
                answers => F1(PythonText.Trim(answers[0].Text).Length == 0 ? "Unanswerable" : answers[0].Text)
            );

        Dictionary<string, Sample> F1(string prediction) =>
            Scores(("f1", 100 * SquadMetrics.Best(references, r => SquadMetrics.F1(prediction, r))));
    }
}

/// <summary>The tasks of SCROLLS with choices; em is acc_norm in percent, as the benchmark reports it.</summary>
public abstract record ScrollsChoiceTask : ScrollsTask
{
    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.Mean("em"), new Metric.Mean("acc"), new Metric.Mean("acc_norm")];

    protected abstract Question Question(TaskDocument document, string answer);

    protected override EvalItem Item(string id, TaskDocument document, IReadOnlyList<string> references)
    {
        var question = Question(document, references[0]);
        return new(
            id,
            [.. question.Choices.Select(c => new LogLikelihoodRequest(question.Context, " " + c))],
            answers =>
            {
                var scores = ChoiceScores.Score(question, answers);
                return Scores(
                    ("em", 100 * scores["acc_norm"].Value),
                    ("acc", scores["acc"].Value),
                    ("acc_norm", scores["acc_norm"].Value)
                );
            }
        );
    }
}

/// <summary>ContractNLI (arXiv:2110.01799): what a contract says about a hypothesis.</summary>
public sealed record ContractNliTask : ScrollsChoiceTask
{
    private static readonly string[] Verdicts = ["Not mentioned", "Entailment", "Contradiction"];

    protected override string DataSet => "contract_nli";

    protected override Question Question(TaskDocument document, string answer)
    {
        var (hypothesis, text) = Split(document);
        return new(
            $"{text}\n\nHypothesis: {hypothesis}\nConclusion:",
            Verdicts,
            Array.IndexOf(Verdicts, answer) is var gold and >= 0
                ? gold
                : throw document.Wrong("output", string.Join(", ", Verdicts))
        );
    }
}

/// <summary>QuALITY (arXiv:2112.08608): questions about stories with four choices, which stand in the input before the
/// story.</summary>
public sealed partial record QualityTask : ScrollsChoiceTask
{
    protected override string DataSet => "quality";

    protected override Question Question(TaskDocument document, string answer)
    {
        var (question, rest) = Split(document);
        var last = rest.IndexOf("(D)", StringComparison.Ordinal);
        var end = last < 0 ? -1 : rest.IndexOf("\n\n", last, StringComparison.Ordinal);
        if (end < 0)
            throw document.Wrong("input", "choices (A) to (D) before the text");
        var choices = Letters().Split(rest[..end]).Skip(1).Select(Squeezed).ToList();
        var gold = choices.IndexOf(Squeezed(answer));
        return new(
            Ask(PythonText.Trim(rest[end..]), question),
            choices,
            gold >= 0 ? gold : throw document.Wrong("output", "one of the choices")
        );
    }

    private static string Squeezed(string text) => string.Join(' ', PythonText.Words(text));

    [System.Text.RegularExpressions.GeneratedRegex(@" *\([A-D]\) *")]
    private static partial System.Text.RegularExpressions.Regex Letters();
}
