namespace LinearScaling.Torch.Collectives;

/// <summary>A rank is gone or hangs, so that this process cannot go on with the others.</summary>
public sealed class LostRankException(string message, Exception? inner = null) : LinearScalingException(message, inner);

/// <summary>A mistake that every rank knows of: rank 0 tells it.</summary>
public sealed class AgreedFailureException(string message, Exception? inner = null)
    : LinearScalingException(message, inner);
