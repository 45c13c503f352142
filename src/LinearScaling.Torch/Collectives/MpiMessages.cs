namespace LinearScaling.Torch.Collectives;

/// <summary>Messages by MPI, between the ranks that its launcher started. They belong to the thread that made
/// this.</summary>
internal sealed unsafe class MpiMessages : IMessages
{
    private const int Tag = 1;

    private readonly MpiLibrary mpi;

    /// <exception cref="LinearScalingException">There is no MPI, or it knows of other ranks than the
    /// launcher.</exception>
    public MpiMessages(RankPlace place)
    {
        mpi = MpiLibrary.Begin(place.Launcher);
        (Rank, Size) = mpi.Place;
        if ((Rank, Size) != (place.Rank, place.Size))
            throw CollectiveMistakes.OtherWorld(place, Rank, Size, mpi.Version);
    }

    public int Rank { get; }

    public int Size { get; }

    public string Name => mpi.Version;

    public nint Send(int peer, nint memory, long bytes)
    {
        nint request = 0;
        Check(mpi.Send(memory, bytes, mpi.Byte, peer, Tag, mpi.World, &request));
        return request;
    }

    public nint Receive(int peer, nint memory, long bytes)
    {
        nint request = 0;
        Check(mpi.Receive(memory, bytes, mpi.Byte, peer, Tag, mpi.World, &request));
        return request;
    }

    public bool IsDone(ref nint request)
    {
        int done;
        fixed (nint* handle = &request)
            Check(mpi.Test(handle, &done, mpi.NoStatus));
        return done != 0;
    }

    public void Abort(int exitCode) => _ = mpi.Abort(mpi.World, exitCode);

    public void Dispose() => _ = mpi.Finish();

    private void Check(int code)
    {
        if (code != 0)
            throw new IOException(mpi.Error(code));
    }
}
