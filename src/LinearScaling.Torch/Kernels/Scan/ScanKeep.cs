namespace LinearScaling.Torch.Kernels.Scan;

/// <summary>What a token keeps of the state before it.</summary>
internal interface IKeep
{
    /// <summary>Whether there is one factor for all channels of a token.</summary>
    static abstract bool PerToken { get; }

    /// <summary>Whether each channel of a token has its own.</summary>
    static abstract bool PerChannel { get; }
}

/// <summary>Everything: no decay, one document.</summary>
internal readonly struct KeepAll : IKeep
{
    public static bool PerToken => false;

    public static bool PerChannel => false;
}

/// <summary>A share, the same for every channel: constant decay, or documents that end.</summary>
internal readonly struct KeepToken : IKeep
{
    public static bool PerToken => true;

    public static bool PerChannel => false;
}

/// <summary>A share of each channel: data-dependent decay.</summary>
internal readonly struct KeepChannel : IKeep
{
    public static bool PerToken => false;

    public static bool PerChannel => true;
}
