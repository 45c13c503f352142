using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation;

/// <summary>
/// The solved examples before each question: the first ones of <c>fewshot.jsonl</c> where that is given, else drawn
/// anew for every document with the harness's generator, from the training split or, without one, from the other
/// documents.
/// </summary>
/// <remarks>Examples and question are joined by a blank line.</remarks>
internal sealed class FewshotExamples(DocumentTask task, IReadOnlyList<TaskDocument> documents, EvalInputs inputs)
{
    private readonly IReadOnlyList<TaskDocument>? given =
        inputs.NumFewshot == 0 ? null : task.Source.FixedExamples(inputs.TaskData)?.Documents;
    private readonly IReadOnlyList<TaskDocument>? training =
        inputs.NumFewshot == 0 ? null : task.Source.Examples(inputs.TaskData)?.Documents;
    private readonly PythonRandom random = new((uint)inputs.FewshotSeed);

    public string Before(TaskDocument document) =>
        inputs.NumFewshot == 0 ? "" : string.Concat(Choose(document).Select(d => task.Example(d, inputs) + "\n\n"));

    private IEnumerable<TaskDocument> Choose(TaskDocument document)
    {
        var wanted = inputs.NumFewshot;
        if (given is not null)
            return Enough(given, wanted).Take(wanted);
        if (training is not null)
            return random.Sample(Enough(training, wanted), wanted);
        return random
            .Sample(Enough(documents, wanted + 1), wanted + 1)
            .Where(d => d.Json.GetRawText() != document.Json.GetRawText())
            .Take(wanted);
    }

    private IReadOnlyList<TaskDocument> Enough(IReadOnlyList<TaskDocument> from, int wanted) =>
        from.Count >= wanted ? from : throw EvaluationMistakes.TooFewExamples(inputs.NumFewshot, task.Name, from.Count);
}
