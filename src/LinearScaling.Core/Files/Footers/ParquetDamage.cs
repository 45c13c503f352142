namespace LinearScaling.Files.Footers;

/// <summary>The exceptions that Parquet.Net throws on a damaged file: whatever its decoder runs into.</summary>
internal static class ParquetDamage
{
    public static bool Is(Exception e) => e is not (LinearScalingException or OperationCanceledException);
}
