using System.Globalization;
using LinearScaling.Evaluation.Documents;

namespace LinearScaling.Evaluation;

/// <summary>A task over the documents of a file, each asked alone, after solved examples where those are
/// wanted.</summary>
public abstract record DocumentTask : EvalTask
{
    public abstract TaskSource Source { get; }

    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs)
    {
        var documents = Source.Documents(inputs.TaskData).Documents;
        var examples = new FewshotExamples(this, documents, inputs);
        return
        [
            .. documents
                .Take(inputs.Limit ?? int.MaxValue)
                .Select((d, i) => Item(d, i.ToString(CultureInfo.InvariantCulture), examples.Before(d), inputs)),
        ];
    }

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs)
    {
        var settings = new SortedDictionary<string, string>(
            base.Settings(inputs).ToDictionary(),
            StringComparer.Ordinal
        )
        {
            ["data"] = Source.Documents(inputs.TaskData).Hash,
        };
        if (inputs.NumFewshot > 0)
        {
            settings["num_fewshot"] = inputs.NumFewshot.ToString(CultureInfo.InvariantCulture);
            settings["fewshot"] =
                (Source.FixedExamples(inputs.TaskData) ?? Source.Examples(inputs.TaskData))?.Hash ?? "";
            settings["fewshot_seed"] = inputs.FewshotSeed.ToString(CultureInfo.InvariantCulture);
        }
        return settings;
    }

    /// <param name="examples">Solved examples that the context begins with; empty for zero-shot.</param>
    public abstract EvalItem Item(TaskDocument document, string id, string examples, EvalOptions options);

    /// <summary>A document with its answer, as an example before another one.</summary>
    public abstract string Example(TaskDocument document, EvalOptions options);
}
