using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Sequences;
using LinearScaling.Sweeps;
using LinearScaling.Text;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Torch.Evaluation;

/// <summary>What the files beside checkpoints say of them: their model cards, their runs' validation data.</summary>
/// <param name="data">Validation data for every checkpoint; null takes each run's own, and the sample corpus for a
/// model without a run.</param>
/// <param name="options">What the user set for all tasks.</param>
/// <param name="report">Told, in words, when text is being prepared.</param>
public sealed class CheckpointInputs(
    string? data,
    EvalOptions options,
    Action<string> report,
    CancellationToken cancellationToken
) : ICheckpointInputs
{
    private readonly Dictionary<string, ModelCard> cards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EvalInputs> byCheckpoint = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<MixturePart>> dataOfRuns = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Data, string Tokenizer, int SeqLen), EvalInputs> known = [];

    public void Check(CheckpointDirectory checkpoint)
    {
        _ = checkpoint.WeightsHash;
        checkpoint.VerifyOrigin();
        _ = Card(checkpoint);
    }

    public EvalInputs Inputs(CheckpointDirectory checkpoint)
    {
        if (byCheckpoint.TryGetValue(checkpoint.FullPath, out var inputs))
            return inputs;
        var card = Card(checkpoint);
        var sources =
            data is not null ? [new(data)]
            : checkpoint.Run is { } run ? DataOf(run)
            : [new("")];
        var key = (string.Join('\n', sources), card.Tokenizer, card.SeqLen);
        if (!known.TryGetValue(key, out inputs))
        {
            var tokenizer = TokenizerOf(checkpoint, card);
            known.Add(
                key,
                inputs = new EvalInputs(options)
                {
                    Tokenizer = tokenizer,
                    SeqLen = card.SeqLen,
                    HeldOut = HeldOut(sources, tokenizer, card.SeqLen),
                }
            );
        }
        byCheckpoint.Add(checkpoint.FullPath, inputs);
        return inputs;
    }

    internal ModelCard Card(CheckpointDirectory checkpoint)
    {
        if (!cards.TryGetValue(checkpoint.FullPath, out var card))
            cards.Add(checkpoint.FullPath, card = ModelCard.Open(checkpoint));
        return card;
    }

    private IReadOnlyList<MixturePart> DataOf(RunDirectory run)
    {
        if (!dataOfRuns.TryGetValue(run.FullPath, out var sources))
            dataOfRuns.Add(run.FullPath, sources = run.ReadConfig<RunConfig>().Data.Parts());
        return sources;
    }

    private static Tokenizer TokenizerOf(CheckpointDirectory checkpoint, ModelCard card) =>
        card.Tokenizer != ModelCard.NoTokenizer
            ? Tokenizer.Open(card.Tokenizer)
            : throw new LinearScalingException(
                $"{checkpoint.FullPath}: the model came without a tokenizer; import it again with --tokenizer"
            );

    private HeldOutSequences HeldOut(IReadOnlyList<MixturePart> sources, Tokenizer tokenizer, int seqLen)
    {
        var opened = TrainingData.Open(
            [.. sources.Select(s => (s.Source, s.Weight))],
            tokenizer.Name,
            report,
            cancellationToken
        );
        if (opened.Tokenizer.Hash != tokenizer.Hash)
            throw new LinearScalingException(
                $"--data: its shards were made with tokenizer {opened.Tokenizer.Name}, the model was trained with "
                    + $"{tokenizer.Name}; prepare the text again with {tokenizer.Name}"
            );
        return new(
            opened.Fingerprint,
            seqLen,
            () =>
            {
                var validation = opened.Validation(seqLen);
                return new(
                    [.. validation.SelectMany(v => v).Select(s => s.ToArray())],
                    validation.Sum(v => v.TextBytes)
                );
            }
        );
    }
}
