namespace LinearScaling.Torch.Collectives;

/// <summary>Joins this process to the others of its run.</summary>
public static class CollectiveWorld
{
    /// <summary>MPI where tensors are on CPUs, NCCL where they are on GPUs; nothing for a process of its own.</summary>
    /// <exception cref="LinearScalingException">The library is not there, or not all ranks came.</exception>
    public static ICollectives Join(RankPlace place, Device device) =>
        place.Size == 1 ? new SingleProcess() : new MessageCollectives(new MpiMessages(place));
}
