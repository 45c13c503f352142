using LinearScaling.Configuration;
using LinearScaling.Data;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Text;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Training;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Checkpoints on disk: their model cards, their runs' validation data, their weights.</summary>
/// <param name="data">Validation data for every checkpoint; null takes each run's own, and the sample corpus for a model without a run.</param>
/// <param name="options">What the user set for all tasks.</param>
/// <param name="report">Told, in words, when text is being prepared.</param>
public sealed class CheckpointSource(string? data, EvalOptions options, Device device, int batchTokens, Action<string> report, CancellationToken cancellationToken) : ICheckpointSource
{
    private readonly Dictionary<(string? Data, string Tokenizer, int SeqLen), EvalInputs> known = [];

    public EvalInputs Inputs(CheckpointDirectory checkpoint)
    {
        var card = ModelCard.Open(checkpoint);
        var source = data ?? (checkpoint.Run is { } run ? ConfigFile.Load<RunConfig>(run.ConfigFile).Data.Source : "");
        var key = (source == "" ? null : source, card.Tokenizer, card.SeqLen);
        if (!known.TryGetValue(key, out var inputs))
            known.Add(key, inputs = new EvalInputs(options) { Tokenizer = Tokenizer.Open(card.Tokenizer), SeqLen = card.SeqLen, HeldOut = HeldOut(key.Item1, card) });
        return inputs;
    }

    public OpenModel Open(CheckpointDirectory checkpoint, EvalInputs inputs)
    {
        var model = LanguageModel.Load(checkpoint, ScalarType.Float32, device);
        var tokens = new TorchTokenModel(model, inputs.SeqLen, batchTokens);
        return new(window => new TokenizedModel(tokens, inputs.Tokenizer, window), model);
    }

    private HeldOutSequences HeldOut(string? source, ModelCard card)
    {
        var corpus = Corpus.Open(source, card.Tokenizer, report, cancellationToken);
        return new(corpus.Fingerprint, card.SeqLen, () =>
        {
            var validation = corpus.Validation(card.SeqLen);
            return new([.. validation.Select(s => s.ToArray())], validation.TextBytes);
        });
    }
}
