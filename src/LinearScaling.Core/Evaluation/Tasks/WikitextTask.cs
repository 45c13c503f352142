using System.Text;
using System.Text.RegularExpressions;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>WikiText-2 by page: the log-likelihood of the detokenised page, counted over the words and bytes of the
/// original one.</summary>
public sealed partial record WikitextTask : DocumentTask
{
    public override int Version => 2;

    public override TaskSource Source { get; } =
        new("wikitext", "test", "EleutherAI/wikitext_document_level wikitext-2-raw-v1");

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [
            new Metric.ExpRatio("word_perplexity"),
            new Metric.ExpRatio("byte_perplexity"),
            new Metric.Ratio("bits_per_byte", 1 / Math.Log(2)),
        ];

    public override string Example(TaskDocument document, EvalOptions options) =>
        throw new LinearScalingException("--num-fewshot: wikitext has no examples");

    public override EvalItem Item(TaskDocument document, string id, string examples, EvalOptions options)
    {
        var page = document.Text("page");
        var words = Spaces().Split(page).Length;
        var bytes = Encoding.UTF8.GetByteCount(page);
        return new(
            id,
            [new RollingRequest(Detokenize(page))],
            answers => new Dictionary<string, Sample>
            {
                ["word_perplexity"] = new(-answers[0].LogLikelihood, words),
                ["byte_perplexity"] = new(-answers[0].LogLikelihood, bytes),
                ["bits_per_byte"] = new(-answers[0].LogLikelihood, bytes),
            }
        );
    }

    /// <summary>Text as written, from WikiText's tokens. The order of the steps matters.</summary>
    public static string Detokenize(string text)
    {
        text = text.Replace("s '", "s'", StringComparison.Ordinal)
            .Replace(" @-@ ", "-", StringComparison.Ordinal)
            .Replace(" @,@ ", ",", StringComparison.Ordinal)
            .Replace(" @.@ ", ".", StringComparison.Ordinal);
        foreach (var mark in (string[])[":", ";", ".", "!", "?", ","])
            text = text.Replace($" {mark} ", $"{mark} ", StringComparison.Ordinal);
        text = Parentheses().Replace(text, "($1)");
        text = Square().Replace(text, "[$1]");
        text = Curly().Replace(text, "{$1}");
        text = Quotes().Replace(text, "\"$1\"");
        text = Apostrophes().Replace(text, "'$1'");
        return text.Replace("= = = =", "====", StringComparison.Ordinal)
            .Replace("= = =", "===", StringComparison.Ordinal)
            .Replace("= =", "==", StringComparison.Ordinal)
            .Replace(" ° ", "°", StringComparison.Ordinal)
            .Replace(" \n", "\n", StringComparison.Ordinal)
            .Replace("\n ", "\n", StringComparison.Ordinal)
            .Replace(" N ", " 1 ", StringComparison.Ordinal)
            .Replace(" 's", "'s", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"\(\s*([^\)]*?)\s*\)")]
    private static partial Regex Parentheses();

    [GeneratedRegex(@"\[\s*([^\]]*?)\s*\]")]
    private static partial Regex Square();

    [GeneratedRegex(@"{\s*([^}]*?)\s*}")]
    private static partial Regex Curly();

    [GeneratedRegex("\"\\s*([^\"]*?)\\s*\"")]
    private static partial Regex Quotes();

    [GeneratedRegex(@"'\s*([^']*?)\s*'")]
    private static partial Regex Apostrophes();
}
