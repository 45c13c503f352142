using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation;

/// <summary>A context and the choices that may follow it.</summary>
/// <param name="Choices">Without the space that separates them from the context.</param>
public sealed record Question(string Context, IReadOnlyList<string> Choices, int Gold);

/// <summary>A task whose answer is the choice with the highest score.</summary>
/// <remarks>
/// acc compares log-likelihoods; acc_norm divides them by the choice's length in Unicode code points, acc_bytes by its
/// UTF-8 bytes, both without the separating space; acc_mutual_info subtracts the choice's log-likelihood without a
/// question. The first of equal scores wins.
/// </remarks>
public abstract record MultipleChoiceTask : DocumentTask
{
    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [
            new Metric.Mean("acc"),
            new Metric.Mean("acc_norm"),
            new Metric.Mean("acc_bytes"),
            .. options.MutualInfo ? (Metric[])[new Metric.Mean("acc_mutual_info")] : [],
        ];

    /// <summary>The document as a question.</summary>
    public abstract Question Question(TaskDocument document, EvalOptions options);

    /// <summary>A prepared question in its common form: <c>query</c>, <c>choices</c>, <c>gold</c>.</summary>
    /// <param name="ending">What the context ends with; added where the query lacks it.</param>
    protected static Question Prepared(TaskDocument document, string ending = "")
    {
        var query = PythonText.TrimEnd(document.Text("query"));
        return new(
            query.EndsWith(ending, StringComparison.Ordinal) ? query : query + ending,
            document.Texts("choices"),
            document.Number("gold")
        );
    }

    /// <summary>A question, its choices and the index of the answer's letter, in Hugging Face's columns or as AI2
    /// publishes them: <c>{question: {stem, choices: [{label, text}]}, answerKey}</c>.</summary>
    /// <param name="stem">The column of the question.</param>
    protected static Question Lettered(TaskDocument document, string stem = "question")
    {
        var answer = PythonText.Trim(document.Text("answerKey"));
        if (!document.HasPart("question"))
            return new(
                document.Text(stem),
                document.Texts("choices.text"),
                document.Texts("choices.label").ToList().IndexOf(answer)
            );
        var choices = document.Part("question").Parts("choices");
        return new(
            document.Part("question").Text("stem"),
            [.. choices.Select(c => c.Text("text"))],
            choices.ToList().FindIndex(c => c.Text("label") == answer)
        );
    }

    public override string Example(TaskDocument document, EvalOptions options)
    {
        var question = Checked(document, options);
        return $"{question.Context} {question.Choices[question.Gold]}";
    }

    private Question Checked(TaskDocument document, EvalOptions options)
    {
        var question = Question(document, options);
        return question.Gold >= 0 && question.Gold < question.Choices.Count
            ? question
            : throw document.Wrong("answer", $"one of {question.Choices.Count} choices");
    }

    public override EvalItem Item(TaskDocument document, string id, string examples, EvalOptions options)
    {
        var question = Checked(document, options);
        IEnumerable<Request> requests = question.Choices.Select(c => new LogLikelihoodRequest(
            examples + question.Context,
            " " + c
        ));
        if (options.MutualInfo)
            requests = requests.Concat(question.Choices.Select(c => new LogLikelihoodRequest("", " " + c)));
        return new(id, [.. requests], answers => ChoiceScores.Score(question, answers));
    }
}

/// <summary>The scores of one question.</summary>
public static class ChoiceScores
{
    /// <param name="answers">The answers to the choices; where there are twice as many, the second half is without the
    /// question.</param>
    public static Dictionary<string, Sample> Score(Question question, IReadOnlyList<Answer> answers)
    {
        var (choices, gold) = (question.Choices, question.Gold);
        var scores = new Dictionary<string, Sample>
        {
            ["acc"] = Right(i => answers[i].LogLikelihood),
            ["acc_norm"] = Right(i => answers[i].LogLikelihood / PythonText.Length(choices[i])),
            ["acc_bytes"] = Right(i => answers[i].LogLikelihood / System.Text.Encoding.UTF8.GetByteCount(choices[i])),
        };
        if (answers.Count == 2 * choices.Count)
            scores["acc_mutual_info"] = Right(i => answers[i].LogLikelihood - answers[choices.Count + i].LogLikelihood);
        return scores;

        // an empty choice has no length to divide by: a score that is not finite must not win or lose
        Sample Right(Func<int, double> score) =>
            new(
                !Enumerable.Range(0, choices.Count).All(i => double.IsFinite(score(i))) ? double.NaN
                : Best(choices.Count, score) == gold ? 1
                : 0
            );
    }

    /// <summary>The first index of the highest score.</summary>
    public static int Best(int count, Func<int, double> score)
    {
        var best = 0;
        for (var i = 1; i < count; i++)
            if (score(i) > score(best))
                best = i;
        return best;
    }
}
