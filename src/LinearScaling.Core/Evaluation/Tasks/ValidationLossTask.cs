using System.Globalization;
using LinearScaling.Evaluation.Requests;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>Mean cross-entropy over every predicted token of the held-out sequences, in nats per token as in training,
/// and the same in bits per byte of text.</summary>
/// <remarks>
/// One pass gives both. Bits per byte = total nats / ln 2 / UTF-8 bytes of the text (end-of-text tokens are predicted
/// but have no bytes), by which models of different tokenizers can be compared. A sequence's share of the bytes is its
/// share of the tokens. Standard errors are over sequences.
/// </remarks>
public sealed record ValidationLossTask : EvalTask
{
    public override int Version => 1;

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [new Metric.Ratio("val_loss"), new Metric.Ratio("bits_per_byte", 1 / Math.Log(2))];

    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs)
    {
        var held = HeldOut(inputs).Read();
        var bytesPerToken = (double)held.TextBytes / held.Sequences.Sum(s => (long)s.Length - 1);
        return
        [
            .. held.Sequences.Take(inputs.Limit ?? int.MaxValue).Select((tokens, i) => Item(tokens, i, bytesPerToken)),
        ];
    }

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs)
    {
        var heldOut = HeldOut(inputs);
        return new SortedDictionary<string, string>(base.Settings(inputs).ToDictionary(), StringComparer.Ordinal)
        {
            ["data"] = heldOut.Fingerprint,
            ["seq_len"] = heldOut.SeqLen.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static EvalItem Item(int[] tokens, int index, double bytesPerToken) =>
        new(
            index.ToString(CultureInfo.InvariantCulture),
            [new SequenceRequest(tokens, tokens.Length - 1)],
            answers => new Dictionary<string, Sample>
            {
                ["val_loss"] = new(-answers[0].LogLikelihood, tokens.Length - 1),
                ["bits_per_byte"] = new(-answers[0].LogLikelihood, bytesPerToken * (tokens.Length - 1)),
            }
        );

    private static HeldOutSequences HeldOut(EvalInputs inputs) =>
        inputs.HeldOut
        ?? throw new LinearScalingException("val_loss: no validation data; name token shards with --data DIR");
}
