using LinearScaling.Configuration;
using LinearScaling.Runs;

namespace LinearScaling.Torch.Architectures;

/// <summary>What is needed besides the weights to use a model: <c>model.yaml</c> beside model.safetensors.</summary>
/// <param name="Model">The architecture and its size.</param>
/// <param name="Tokenizer">The tokenizer it was trained with: a name, a file beside the weights, or
/// <see cref="NoTokenizer"/>.</param>
/// <param name="SeqLen">Sequence length it was trained with.</param>
/// <param name="ResetAfter">The token that ended a document in training (data.reset_at_eos); null when documents were
/// not separated.</param>
public sealed record ModelCard(ModelConfig Model, string Tokenizer, [Range(1, 1e8)] int SeqLen, int? ResetAfter = null)
{
    /// <summary>The tokenizer of an imported model that came without one.</summary>
    public const string NoTokenizer = "none";

    /// <summary>A checkpoint's card; a tokenizer file beside the weights is given by its full path.</summary>
    public static ModelCard Open(CheckpointDirectory checkpoint)
    {
        var card = checkpoint.ReadConfig<ModelCard>();
        var beside = Path.Combine(checkpoint.FullPath, card.Tokenizer);
        return File.Exists(beside) ? card with { Tokenizer = beside } : card;
    }
}
