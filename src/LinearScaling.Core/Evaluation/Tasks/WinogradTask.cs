using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Scores;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>The Winograd schema challenge, 273 sentences (Levesque et al. 2012): what a pronoun refers to.</summary>
/// <remarks>One space before the continuation, as in the harness of 2021; today's has two, by an accident of its
/// configuration.</remarks>
public sealed record WinogradTask : ContextChoiceTask
{
    private static readonly string[] Possessives = ["my", "his", "her", "our", "their"];
    private static readonly string[] Determiners =
    [
        "A",
        "An",
        "The",
        "She",
        "He",
        "It",
        "They",
        "My",
        "His",
        "Her",
        "Their",
    ];

    public override int Version => 1;

    public override TaskSource Source { get; } =
        new("winograd", "test", "ErnestSDavis/winograd_wsc wsc273", OtherName: "winograd_wsc");

    public override ContextChoice Choice(TaskDocument document)
    {
        if (document.Has("context_options"))
            return new(document.Texts("context_options"), document.Text("continuation"), document.Number("gold"));
        var text = document.Text("text").Replace("  ", " ", StringComparison.Ordinal);
        var (pronoun, at) = (document.Text("pronoun"), document.Number("pronoun_loc"));
        if (at < 0 || at > text.Length - pronoun.Length)
            throw document.Wrong("pronoun_loc", "a place in the text");
        return new(
            [
                .. document
                    .Texts("options")
                    .Select(o => text[..at] + Fitted(o, pronoun, sentenceStart: at >= 2 && text[at - 2] == '.')),
            ],
            PythonText.Trim(text[(at + pronoun.Length)..]),
            document.Number("label")
        );
    }

    /// <summary>The option as it stands in the pronoun's place: with 's for a possessive, in lower case inside a
    /// sentence.</summary>
    private static string Fitted(string option, string pronoun, bool sentenceStart)
    {
        if (Possessives.Contains(pronoun.ToLowerInvariant()))
            option += "'s";
        var first = PythonText.Words(option).FirstOrDefault();
        return !sentenceStart && first is not null && Determiners.Contains(first)
            ? option.Replace(first, first.ToLowerInvariant(), StringComparison.Ordinal)
            : option;
    }
}
