using LinearScaling.Configuration;

namespace LinearScaling.Torch.Architectures;

/// <summary>What one needs besides the weights to use a model: <c>model.yaml</c> beside model.safetensors.</summary>
/// <param name="Model">The architecture and its size.</param>
/// <param name="Tokenizer">Name of the tokenizer it was trained with.</param>
/// <param name="SeqLen">Sequence length it was trained with.</param>
public sealed record ModelCard(ModelConfig Model, string Tokenizer, [Positive] int SeqLen);
