using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Layers;

/// <summary>A norm with its parameters, if it has any.</summary>
/// <param name="Name">What its tensors are called: <c>norm</c> for <c>norm.weight</c> and <c>norm.bias</c>.</param>
/// <param name="Groups">Equal parts of the width that are normalised each on its own.</param>
public sealed record NormLayer(string Name, NormKind Kind, double Eps, int Width, int Groups = 1)
{
    private string Gain => Name + ".weight";

    private string Bias => Name + ".bias";

    public IEnumerable<ParameterSpec> Parameters()
    {
        if (Kind != NormKind.Srms)
            yield return new(Gain, [Width], new Initialization.Constant(1), Decay: false);
        if (Kind == NormKind.Layernorm)
            yield return new(Bias, [Width], new Initialization.Constant(0), Decay: false);
    }

    /// <param name="x">[batch, time, width]</param>
    public Tensor Apply(ParameterSet parameters, Tensor x)
    {
        using var scope = NewDisposeScope();
        var gain = Kind == NormKind.Srms ? null : parameters[Gain];
        var bias = Kind == NormKind.Layernorm ? parameters[Bias] : null;
        if (Groups == 1)
            return (
                bias is null ? Normalization.Rms(x, gain, Eps) : Normalization.Layer(x, gain!, bias, Eps)
            ).MoveToOuterDisposeScope();

        var parts = x.view(x.size(0), x.size(1), Groups, Width / Groups);
        return Normalization
            .Groups(parts, gain?.view(Groups, -1), bias?.view(Groups, -1), Eps)
            .view(x.shape)
            .MoveToOuterDisposeScope();
    }
}
