namespace LinearScaling.Torch.Collectives;

/// <summary>
/// What the processes of one run do together. All of them call the same functions in the same order; each call is on a
/// flat tensor of which rank r owns the elements from r times a slice to the next rank's.
/// </summary>
/// <remarks>A sum is formed in the order of the ranks, so that the same ranks give the same bits.</remarks>
public interface ICollectives : IDisposable
{
    /// <summary>The number of this process, from 0.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>What carries the data, as people know it: MPI or NCCL with its version.</summary>
    string Transport { get; }

    /// <summary>Those of the run.</summary>
    RankSettings Settings { get; }

    /// <summary>Time this process has waited for the others and their data.</summary>
    TimeSpan Spent { get; }

    /// <summary>Bytes this process has sent.</summary>
    long BytesSent { get; }

    /// <summary>Replaces this rank's slice by the sum of all ranks'; the other slices are lost.</summary>
    /// <param name="flat">One dimension, contiguous, floating point.</param>
    /// <param name="slice">Elements of a slice; the last ones may be shorter, or empty.</param>
    /// <param name="what">What is summed, for messages.</param>
    /// <exception cref="LostRankException">A rank did not come in time.</exception>
    void ReduceScatter(Tensor flat, long slice, string what);

    /// <summary>Fills every slice with that of the rank it belongs to.</summary>
    /// <param name="flat">One dimension, contiguous, any type.</param>
    /// <param name="slice">As in <see cref="ReduceScatter"/>.</param>
    /// <param name="what">What is gathered, for messages.</param>
    /// <exception cref="LostRankException">A rank did not come in time.</exception>
    void AllGather(Tensor flat, long slice, string what);

    /// <summary>Fills the tensor with rank 0's.</summary>
    /// <param name="flat">One dimension, contiguous, any type.</param>
    /// <param name="what">What is sent, for messages.</param>
    /// <exception cref="LostRankException">A rank did not come in time.</exception>
    void Broadcast(Tensor flat, string what);

    /// <summary>Lets what follows on this thread see the results of the calls before; those on a GPU may still be under
    /// way when they return.</summary>
    void Wait();

    /// <summary>The group of <paramref name="count"/> neighbouring ranks that this one is in: [0, count), [count, 2
    /// count) and so on.</summary>
    /// <param name="count">A divisor of <see cref="Size"/>.</param>
    ICollectives Neighbours(int count);

    /// <summary>Ends every process of the run, after a failure that the others do not know of; this one too, where the
    /// transport does it.</summary>
    void Abort(int exitCode);
}
