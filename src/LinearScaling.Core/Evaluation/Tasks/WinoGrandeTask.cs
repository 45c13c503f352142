using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>WinoGrande (arXiv:1907.10641): which of two names a blank stands for.</summary>
public sealed record WinoGrandeTask : ContextChoiceTask
{
    public override int Version => 1;

    public override TaskSource Source { get; } =
        new("winogrande", "validation", "allenai/winogrande winogrande_xl", "train");

    public override ContextChoice Choice(TaskDocument document)
    {
        if (!document.Has("sentence"))
            return new(document.Texts("context_options"), document.Text("continuation"), document.Number("gold"));
        var sentence = document.Text("sentence");
        var blank = sentence.IndexOf('_', StringComparison.Ordinal);
        return blank < 0
            ? throw document.Wrong("sentence", "a blank, _")
            : new(
                [sentence[..blank] + document.Text("option1"), sentence[..blank] + document.Text("option2")],
                PythonText.Trim(sentence[(blank + 1)..]),
                document.Number("answer") - 1
            );
    }
}
