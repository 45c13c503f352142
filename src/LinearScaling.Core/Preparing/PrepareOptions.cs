using System.Globalization;

namespace LinearScaling.Preparing;

/// <summary>How text becomes shards.</summary>
/// <param name="Seed">Seed of the global shuffle of documents.</param>
/// <param name="ValidationFraction">Share of the text's bytes held out, at most twice this share of the documents;
/// chosen by their contents.</param>
/// <param name="MaxValidationBytes">Never more text than this is held out.</param>
/// <param name="DropDuplicates">Keep one of several documents with the same text.</param>
/// <param name="RowGroupTokens">Tokens per row group.</param>
/// <param name="ShardTokens">About how many tokens per shard; each thread has one shard in memory.</param>
public sealed record PrepareOptions(
    ulong Seed = 0,
    double ValidationFraction = 0.01,
    long MaxValidationBytes = 16 << 20,
    bool DropDuplicates = false,
    int RowGroupTokens = 1 << 20,
    int ShardTokens = 1 << 25
)
{
    /// <summary>The sample corpus is small: smaller row groups let the sequences of a batch come from many of
    /// them.</summary>
    internal static PrepareOptions Sample { get; } = new(ValidationFraction: 0.02, RowGroupTokens: 1 << 17);

    /// <summary>Everything the shards depend on, as text.</summary>
    internal string Identity() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"seed {Seed} validation {ValidationFraction} at most {MaxValidationBytes} drop {DropDuplicates} group "
                + $"{RowGroupTokens} shard {ShardTokens}"
        );
}
