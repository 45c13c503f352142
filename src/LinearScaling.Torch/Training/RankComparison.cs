using LinearScaling.Configuration;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Torch.Training;

/// <summary>Whether all processes of a run were started alike.</summary>
internal static class RankComparison
{
    /// <summary>Compares program and configuration; every rank has to call.</summary>
    /// <exception cref="AgreedFailureException">They differ; each difference to rank 0 is named.</exception>
    public static void Compare(ICollectives ranks, RunConfig config, string output, Device device)
    {
        var versions = ranks.Gather(Versions.Program, device, "versions");
        var outputs = ranks.Gather(Path.GetFullPath(output), device, "output directories");
        var configs = ranks.Gather(ConfigWriter.Write(config), device, "configurations");
        Refuse(
            ranks.Size,
            rank =>
                [
                    .. Differences("lcs", versions, rank),
                    .. Differences("--output", outputs, rank),
                    .. ConfigDifferences.Between(configs[0], configs[rank]),
                ]
        );
    }

    /// <summary>Compares what was opened; every rank has to call.</summary>
    /// <exception cref="AgreedFailureException">Likewise.</exception>
    public static void Compare(ICollectives ranks, string dataFingerprint, string dtype, Device device)
    {
        var data = ranks.Gather(dataFingerprint, device, "data fingerprints");
        var types = ranks.Gather(dtype, device, "element types");
        Refuse(
            ranks.Size,
            rank => [.. Differences("data fingerprint", data, rank), .. Differences("dtype", types, rank)]
        );
    }

    private static IEnumerable<string> Differences(string what, IReadOnlyList<string> values, int rank) =>
        values[rank] == values[0] ? [] : [$"{what}: {values[0]} there, {values[rank]} here"];

    private static void Refuse(int ranks, Func<int, IReadOnlyList<string>> differences)
    {
        var found = Enumerable
            .Range(1, ranks - 1)
            .Select(rank => (Rank: rank, All: string.Join("; ", differences(rank))))
            .Where(d => d.All != "")
            .GroupBy(d => d.All, d => d.Rank)
            .Select(g => $"{CollectiveMistakes.Ranks([.. g])} differs from rank 0 ({g.Key})")
            .ToList();
        if (found.Count > 0)
            throw new AgreedFailureException(
                string.Join('\n', found) + "; start every process of a run with the same command, data and program"
            );
    }
}
