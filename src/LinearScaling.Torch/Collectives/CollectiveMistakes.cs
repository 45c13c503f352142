using System.Globalization;

namespace LinearScaling.Torch.Collectives;

/// <summary>What can go wrong among processes, in words a user can act on.</summary>
internal static class CollectiveMistakes
{
    public static LostRankException Missing(
        IReadOnlyList<int> missing,
        int ranks,
        string what,
        long step,
        TimeSpan patience
    ) =>
        new(
            $"{Ranks(missing)} of {ranks} did not come to the exchange of {what}"
                + $"{InStep(step)} within {Seconds(patience)} s: hung, or gone; the same command "
                + "goes on from the last checkpoint (train.timeout sets how long ranks wait)"
        );

    public static LostRankException Broken(IReadOnlyList<int> peers, string what, long step, string reason) =>
        new(
            $"{Ranks(peers)}: lost in the exchange of {what}{InStep(step)}: {reason}; the same "
                + "command goes on from the last checkpoint"
        );

    public static LostRankException Failed(string what, long step, string reason) =>
        new(
            $"the exchange of {what}{InStep(step)} failed: {reason}; the same command goes on "
                + "from the last checkpoint"
        );

    /// <summary>NCCL does not say who did not come: it is the rank that does not say this.</summary>
    public static LostRankException NotDone(string what, long step, TimeSpan patience) =>
        new(
            $"the exchange of {what}{InStep(step)} is not done after {Seconds(patience)} s: a "
                + "rank is hung or gone, the one that does not say this; the same command goes on from the last "
                + "checkpoint (train.timeout sets how long ranks wait)"
        );

    public static LinearScalingException NoNccl() =>
        new(
            "NCCL carries data between GPUs, and none is found here (tried libnccl.so.2, libtorch_cuda.so); install "
                + "it, or use a libtorch for CUDA"
        );

    public static LinearScalingException NoMeetingPlace(RankPlace place) =>
        new(
            $"{place.Launcher.Words()} started {place.Size} processes and did not say where they meet: set MASTER_ADDR "
                + "and MASTER_PORT, the machine of rank 0 and a free port there"
        );

    public static LinearScalingException PortTaken(int port) =>
        new($"port {port} of this machine, where the processes meet, is taken; set MASTER_PORT to a free one");

    public static AgreedFailureException NotAllCame(IReadOnlyList<int> missing, int ranks, TimeSpan patience) =>
        new(
            $"{Ranks(missing)} of {ranks} did not come to the start within {Seconds(patience)} s: see that all were "
                + "started, with the same version of lcs, and reach rank 0 at MASTER_ADDR:MASTER_PORT"
        );

    public static LinearScalingException NoMaster(string address, int port, TimeSpan patience) =>
        new($"rank 0 did not answer at {address}:{port} within {Seconds(patience)} s");

    public static LinearScalingException Rejected(string address, int port, Exception inner) =>
        new(
            $"{address}:{port}: whoever is there is not rank 0 of this job, or has this rank already; set MASTER_PORT "
                + "to a port of the job's own",
            inner
        );

    /// <summary>The messages of the ranks that failed, each distinct one once.</summary>
    public static string Together(IReadOnlyList<string> messages)
    {
        var failed = messages.Select((m, rank) => (Message: m, Rank: rank)).Where(m => m.Message != "").ToList();
        var distinct = failed.GroupBy(f => f.Message).ToList();
        return distinct is [var one] && failed.Count == messages.Count
            ? one.Key
            : string.Join('\n', distinct.Select(d => $"{Ranks([.. d.Select(f => f.Rank)])}: {d.Key}"));
    }

    public static LinearScalingException NoMpi(IEnumerable<string> tried) =>
        new(
            "MPI carries data between processes on CPUs, and none is found here (tried "
                + $"{string.Join(", ", tried)}); install MPICH or Open MPI, or give its library in LCS_MPI"
        );

    public static LinearScalingException NotAnMpi(string path, string reason) =>
        new($"{path}: is no MPI that lcs knows (MPICH's family or Open MPI's): {reason}");

    public static LinearScalingException OtherWorld(RankPlace place, int rank, int size, string library) =>
        new(
            $"{place.Launcher.Words()} started this process as rank {place.Rank} of {place.Size}, but {library} says "
                + $"rank {rank} of {size}: it was not started by that MPI's launcher; use its own mpiexec, or with "
                + "srun the --mpi that it needs (srun --mpi=list)"
        );

    public static LinearScalingException BadVariables(string rank, string size, string found) =>
        new($"{rank} and {size} of the environment are '{found}': expected a rank below the number of ranks");

    public static string Ranks(IReadOnlyList<int> ranks) =>
        $"{(ranks.Count == 1 ? "rank" : "ranks")} {string.Join(", ", ranks)}";

    private static string InStep(long step) => step > 0 ? $" of step {step}" : "";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
