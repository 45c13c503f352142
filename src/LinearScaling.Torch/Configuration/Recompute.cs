namespace LinearScaling.Torch.Configuration;

/// <summary>What the backward pass computes again instead of keeping.</summary>
public enum Recompute
{
    /// <summary>Nothing: every block keeps its graph.</summary>
    None,

    /// <summary>Token mixers keep their graphs; channel mixers, about half of a block's memory and a fifth of its time,
    /// run forward again.</summary>
    Selective,

    /// <summary>Every block keeps its input alone and runs forward again.</summary>
    Full,
}
