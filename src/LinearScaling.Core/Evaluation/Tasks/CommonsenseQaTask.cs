namespace LinearScaling.Evaluation.Tasks;

/// <summary>CommonsenseQA (arXiv:1811.00937): five lettered choices, answered with a letter.</summary>
public sealed record CommonsenseQaTask : MultipleChoiceTask
{
    private static readonly string[] Letters = ["A", "B", "C", "D", "E"];

    public override int Version => 1;

    public override TaskSource Source { get; } = new("commonsense_qa", "validation", "tau/commonsense_qa", "train");

    public override Question Question(TaskDocument document, EvalOptions options)
    {
        var lines = document.Texts("choices.text").Zip(Letters, (choice, letter) => $"{letter}. {choice}\n");
        return new($"Question: {PythonText.Trim(document.Text("question"))}\n{string.Concat(lines)}Answer:", Letters, Array.IndexOf(Letters, document.Text("answerKey")));
    }
}
