namespace LinearScaling.Data;

/// <summary>How text becomes shards.</summary>
/// <param name="Seed">Seed of the global shuffle of documents.</param>
/// <param name="ValidationFraction">Share of the text held out, chosen by the documents' contents.</param>
/// <param name="MaxValidationBytes">Never more text than this is held out.</param>
/// <param name="RowGroupTokens">Tokens a row group.</param>
public sealed record PrepareOptions(
    ulong Seed = 0,
    double ValidationFraction = 0.01,
    long MaxValidationBytes = 16 << 20,
    int RowGroupTokens = 1 << 20)
{
    /// <summary>The sample corpus is small: smaller row groups let sequences of one batch come from many of them.</summary>
    internal static PrepareOptions Sample { get; } = new(ValidationFraction: 0.02, RowGroupTokens: 1 << 17);
}
