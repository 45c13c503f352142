namespace LinearScaling.Shards;

/// <summary>What can be wrong with shards and their manifest, in words a user can act on.</summary>
internal static class ShardMistakes
{
    /// <summary>What to do about a damaged shard.</summary>
    public const string Remedy = "restore the file or prepare the data again";

    public static LinearScalingException NoManifest(string directory, Exception inner) =>
        new(
            $"{directory}: holds no {Manifest.FileName}; make one with: lcs data prepare <text> --output {directory}",
            inner
        );

    public static LinearScalingException OtherFormat(string manifest, int format) =>
        new($"{manifest}: format {format}; this version of lcs reads format 1");

    public static LinearScalingException RowGroupSize(string manifest, string shard, int tokens, int most) =>
        new($"{manifest}: {shard} has a row group of {tokens} tokens; one holds between 1 and {most}");

    public static LinearScalingException Outside(string manifest, string shard) =>
        new($"{manifest}: names the file {shard}, which is not inside its folder; {Remedy}");

    public static LinearScalingException OtherFingerprint(string manifest) =>
        new(
            $"{manifest}: its fingerprint does not match its contents; it was edited or damaged: prepare the data again"
        );

    public static LinearScalingException Missing(string shard) => new($"{shard}: this shard is missing; {Remedy}");

    public static LinearScalingException OtherLength(string shard, long length, long expected) =>
        new($"{shard}: holds {length} bytes, the manifest says {expected}: truncated or replaced; {Remedy}");

    public static LinearScalingException OtherChecksum(string shard) =>
        new($"{shard}: its checksum does not match the manifest: damaged or replaced; {Remedy}");

    public static LinearScalingException Unreadable(string shard, int rowGroup, Exception inner) =>
        new($"{shard}: row group {rowGroup} cannot be read ({inner.Message.ReplaceLineEndings(" ")}); {Remedy}", inner);
}
