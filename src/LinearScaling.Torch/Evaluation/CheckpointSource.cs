using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Runs;
using LinearScaling.Sweeps;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Checkpoints on disk and their weights.</summary>
/// <param name="known">What is known of them without their weights.</param>
/// <param name="batchTokens">Tokens that go through a model at once.</param>
public sealed class CheckpointSource(CheckpointInputs known, Device device, int batchTokens) : ICheckpointSource
{
    public void Check(CheckpointDirectory checkpoint) => known.Check(checkpoint);

    public EvalInputs Inputs(CheckpointDirectory checkpoint) => known.Inputs(checkpoint);

    public OpenModel Open(CheckpointDirectory checkpoint, EvalInputs inputs)
    {
        var model = LanguageModel.Load(checkpoint, ScalarType.Float32, device);
        var card = known.Card(checkpoint);
        var tokens = new TorchTokenModel(model, inputs.SeqLen, batchTokens, resetAfter: card.ResetAfter);
        return new(window => new TokenizedModel(tokens, inputs.Tokenizer, window, begin: !inputs.Compat), model);
    }
}
