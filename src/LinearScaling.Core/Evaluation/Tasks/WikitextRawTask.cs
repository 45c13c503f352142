using System.Text;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>Perplexity per token of one raw text, windows of the training length one after the other: what papers
/// without a harness call the perplexity of WikiText-2.</summary>
/// <remarks>It depends on the tokenizer: bits_per_byte beside it does not.</remarks>
public sealed record WikitextRawTask : EvalTask
{
    private static readonly TaskSource Source = new("wikitext_raw", "test", "Salesforce/wikitext wikitext-2-raw-v1");

    public override int Version => 1;

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.ExpRatio("token_perplexity"), new Metric.Ratio("bits_per_byte", 1 / Math.Log(2))];

    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs)
    {
        var text = Text(inputs);
        var bytes = Encoding.UTF8.GetByteCount(text);
        return
        [
            new(
                "0",
                [new RollingRequest(text)],
                answers => new Dictionary<string, Sample>
                {
                    ["token_perplexity"] = new(-answers[0].LogLikelihood, answers[0].Tokens),
                    ["bits_per_byte"] = new(-answers[0].LogLikelihood, bytes),
                }
            ),
        ];
    }

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs) =>
        new SortedDictionary<string, string>(base.Settings(inputs).ToDictionary(), StringComparer.Ordinal)
        {
            ["data"] = Checksum.Compute(Text(inputs)),
        };

    /// <summary>The text of wikitext_raw.txt, or the published rows one after the other: each line has its own end
    /// there.</summary>
    private static string Text(EvalInputs inputs)
    {
        var path = Path.Combine(inputs.TaskData, "wikitext_raw.txt");
        return File.Exists(path)
            ? Utf8File.ReadAllText(path)
            : string.Concat(Source.Documents(inputs.TaskData).Documents.Select(d => d.Text("text")));
    }
}
