using Parquet;

namespace LinearScaling.Files.Footers;

/// <summary>The exceptions that Parquet.Net throws on a damaged file: whatever its decoder runs into.</summary>
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
