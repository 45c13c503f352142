using Parquet;

namespace LinearScaling.Files;

/// <summary>What a damaged Parquet file looks like from Parquet.Net: whatever exception its decoder stumbled
/// into.</summary>
internal static class ParquetDamage
{
    public static bool Is(Exception e) =>
        e
            is ParquetException
                or IOException
                or InvalidDataException
                or IndexOutOfRangeException
                or ArgumentException
                or InvalidOperationException
                or OverflowException
                or NotSupportedException
                or NullReferenceException
                or OutOfMemoryException
                or FormatException
                or ZstdSharp.ZstdException
                or Parquet.Meta.Proto.ThriftProtocolException;
}
