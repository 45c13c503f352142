using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Text;

namespace LinearScaling.Torch.Architectures;

/// <summary>What one needs besides the weights to use a model: <c>model.yaml</c> beside model.safetensors.</summary>
/// <param name="Model">The architecture and its size.</param>
/// <param name="Tokenizer">The tokenizer it was trained with: a name, a file beside the weights, or <see cref="NoTokenizer"/>.</param>
/// <param name="SeqLen">Sequence length it was trained with.</param>
public sealed record ModelCard(ModelConfig Model, string Tokenizer, [Positive] int SeqLen)
{
    /// <summary>The tokenizer of an imported model that came without one.</summary>
    public const string NoTokenizer = "none";

    /// <exception cref="LinearScalingException">There is none, or lcs does not know it.</exception>
    public Tokenizer OpenTokenizer(CheckpointDirectory checkpoint)
    {
        if (Tokenizer == NoTokenizer)
            throw new LinearScalingException($"{checkpoint.ModelConfigFile}: the model came without a tokenizer; name one");
        var beside = Path.Combine(checkpoint.FullPath, Tokenizer);
        return Text.Tokenizer.Open(File.Exists(beside) ? beside : Tokenizer);
    }
}
