namespace LinearScaling.Torch.Layers;

/// <summary>Which norm a model uses, before its mixers, after its token mixers and at its end.</summary>
public enum NormKind
{
    /// <summary>SRMSNorm: no parameters.</summary>
    Srms,

    /// <summary>RMSNorm: a gain.</summary>
    Rms,

    /// <summary>LayerNorm: mean subtracted, a gain and a bias.</summary>
    Layernorm,
}
