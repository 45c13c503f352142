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
                + $"{(step > 0 ? $" of step {step}" : "")} within {Seconds(patience)} s: hung, or gone; the same command "
                + "goes on from the last checkpoint (train.timeout sets how long ranks wait)"
        );

    public static LostRankException Broken(IReadOnlyList<int> peers, string what, long step, string reason) =>
        new(
            $"{Ranks(peers)}: lost in the exchange of {what}{(step > 0 ? $" of step {step}" : "")}: {reason}; the same "
                + "command goes on from the last checkpoint"
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

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
}
