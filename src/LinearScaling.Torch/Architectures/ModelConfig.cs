using LinearScaling.Configuration;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Architectures;

/// <summary>An architecture and its size: one record an architecture, in the file that also defines its forward pass.</summary>
public abstract record ModelConfig(
    [Positive] int HiddenSize,
    [Positive] int NumLayers,
    [Positive] int NumHeads,
    [Positive] int VocabSize)
{
    public static Registry Variants { get; } = new("architecture");

    /// <summary>Every parameter, in checkpoint order, without allocating one.</summary>
    public abstract IReadOnlyList<ParameterSpec> Parameters();

    /// <summary>The model on a device, not yet initialised.</summary>
    public abstract LanguageModel Build(ScalarType dtype, Device device);
}
