using LinearScaling.Files;

namespace LinearScaling.Shards;

/// <summary>Checks a directory of shards against its manifest: sizes, checksums of files, checksums of row
/// groups.</summary>
public static class Verification
{
    /// <param name="report">Called with the number of shards read so far, by one thread at a time.</param>
    /// <returns>What is wrong, one line per shard; nothing when all is well.</returns>
    public static IReadOnlyList<string> Run(
        string directory,
        Action<int>? report = null,
        CancellationToken cancellationToken = default
    )
    {
        var manifest = Manifest.Read(directory);
        var problems = new string?[manifest.Shards.Count];
        var read = 0;
        Parallel.For(
            0,
            manifest.Shards.Count,
            new ParallelOptions
            {
                CancellationToken = cancellationToken,
                MaxDegreeOfParallelism = Environment.ProcessorCount,
            },
            i =>
            {
                problems[i] = ProblemOf(directory, manifest.Shards[i], cancellationToken);
                lock (problems)
                    report?.Invoke(++read);
            }
        );
        return [.. problems.OfType<string>()];
    }

    private static string? ProblemOf(string directory, ShardEntry shard, CancellationToken cancellationToken)
    {
        try
        {
            var reader = new ShardReader(directory, shard);
            using var column = new TokenColumn();
            for (var i = 0; i < shard.RowGroups.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                reader.Read(i, column);
            }
            reader.CheckBytes();
            return null;
        }
        catch (Exception e) when (e is LinearScalingException || StorageFailure.Is(e))
        {
            return e.Message;
        }
    }
}
