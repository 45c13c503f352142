using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Layers;

/// <summary>Where LRPE's angles start.</summary>
public enum ThetaInit
{
    /// <summary>10000^(-2 i / hidden) over all features i = head * head_dim + j: one ladder over the heads
    /// (TransNormerLLM's code).</summary>
    Global,

    /// <summary>10000^(-2 j / head_dim), the same in every head.</summary>
    PerHead,

    /// <summary>As per_head, the upper half of a head's channels without rotation; fixed (xmixers).</summary>
    Half,

    /// <summary>pi / (2 theta_length) everywhere: cosFormer's reweighting (arXiv 2202.08791).</summary>
    Cosformer1,
}

/// <summary>LRPE with its angles, learned or fixed.</summary>
/// <param name="Name">The mixer's name: <c>blocks.3.mixer</c>.</param>
public sealed record LrpeLayer(string Name, int NumHeads, int HeadDim, ThetaInit Init, bool Learnable, int Length)
{
    private string ThetaName => Name + ".theta";

    public IEnumerable<ParameterSpec> Parameters() =>
        Learnable ? [new(ThetaName, [NumHeads, HeadDim], new Initialization.Values(Angles), Decay: false)] : [];

    /// <summary>The angles, fp32 or fp64 [heads, head_dim].</summary>
    /// <param name="type">The type of what they turn.</param>
    public Tensor Theta(ParameterSet parameters, ScalarType type, Device device) =>
        Learnable ? parameters[ThetaName] : tensor(Angles(), Wide.Type(type), device).view(NumHeads, HeadDim);

    private double[] Angles() =>
        [
            .. Enumerable
                .Range(0, NumHeads * HeadDim)
                .Select(i =>
                    Init switch
                    {
                        ThetaInit.Global => Math.Pow(10000, -2.0 * i / (NumHeads * HeadDim)),
                        ThetaInit.PerHead => Math.Pow(10000, -2.0 * (i % HeadDim) / HeadDim),
                        ThetaInit.Half => i % HeadDim < HeadDim / 2
                            ? Math.Pow(10000, -2.0 * (i % HeadDim) / HeadDim)
                            : 0,
                        ThetaInit.Cosformer1 => Math.PI / (2.0 * Length),
                        _ => throw new System.Diagnostics.UnreachableException(),
                    }
                ),
        ];
}
