namespace LinearScaling.Torch.Configuration;

/// <summary>What each process of a run holds its part of alone.</summary>
public enum Sharding
{
    /// <summary>Nothing: each holds all.</summary>
    None,

    /// <summary>Master weights and moments (ZeRO-1, arXiv 1910.02054): the same bits in less memory.</summary>
    Optimizer,
}
