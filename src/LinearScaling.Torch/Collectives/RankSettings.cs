namespace LinearScaling.Torch.Collectives;

/// <summary>What all groups of a run's processes share.</summary>
public sealed class RankSettings
{
    /// <summary>The step under way, for messages.</summary>
    public long Step { get; set; }

    /// <summary>How long a rank may let the others wait.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(10);
}
