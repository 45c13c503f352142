using Microsoft.Win32.SafeHandles;

namespace LinearScaling.Files.Footers;

/// <summary>What precedes a page of a Parquet column.</summary>
/// <param name="Kind">The number of its kind in parquet.thrift.</param>
/// <param name="UncompressedSize">Bytes of the page once decompressed.</param>
/// <param name="CompressedSize">Bytes of the page in the file.</param>
/// <param name="NumValues">Values in the page.</param>
/// <param name="Encoding">The number of the way they are written there.</param>
internal readonly record struct PageHeader(
    int Kind,
    int UncompressedSize,
    int CompressedSize,
    int NumValues,
    int Encoding
)
{
    public const int Data = 0;
    public const int Dictionary = 2;
    public const int DataV2 = 3;
    public const int Plain = 0;

    /// <summary>Reads the header that <paramref name="bytes"/> begin with, and moves them past it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    /// <exception cref="EndOfStreamException">The bytes end within it.</exception>
    public static PageHeader Read(ref ReadOnlySpan<byte> bytes)
    {
        var fields = new Fields();
        var reader = new ThriftReader(bytes);
        reader.Read(ParquetTypes.PageHeader, fields);
        bytes = bytes[reader.Position..];
        return fields.Header is { UncompressedSize: >= 0, CompressedSize: >= 0, NumValues: >= 0 } header
            ? header
            : throw new InvalidDataException("a page's header is damaged");
    }

    private sealed class Fields : IThriftVisitor
    {
        public PageHeader Header { get; private set; } = new(-1, -1, -1, 0, -1);

        public void Integer(ThriftType type, int field, long value)
        {
            var number = (int)value;
            if (type == ParquetTypes.PageHeader)
                Header = field switch
                {
                    1 => Header with { Kind = number },
                    2 => Header with { UncompressedSize = number },
                    3 => Header with { CompressedSize = number },
                    _ => Header,
                };
            else if (field == 1)
                Header = Header with { NumValues = number };
            else if (field == (type == ParquetTypes.DataPageV2 ? 4 : 2))
                Header = Header with { Encoding = number };
        }

        public void End(ThriftType type) { }
    }
}

/// <summary>Checks the pages of a column before they are decoded by a reader that trusts them.</summary>
internal static class ParquetPages
{
    /// <summary>Few headers are longer; one that is, is read again.</summary>
    private const int FirstRead = 1 << 12;

    private const int LongestHeader = 1 << 24;

    /// <summary>A page may be this much larger than what it is compressed to, and some more: no text is.</summary>
    private const long MostRatio = 2000;

    private const long SmallPage = 16 << 20;

    /// <summary>Equal values take no space.</summary>
    private const long SmallCount = 1 << 22;

    /// <param name="offset">Where the first page begins.</param>
    /// <param name="numValues">Values of the column, those that are null included.</param>
    /// <exception cref="InvalidDataException">A page lies outside of the file, or claims what it cannot
    /// hold.</exception>
    public static void Check(SafeFileHandle file, long offset, long numValues)
    {
        var size = RandomAccess.GetLength(file);
        var buffer = new byte[FirstRead];
        for (var values = 0L; values < numValues; )
        {
            if (offset < 0 || offset >= size)
                throw new InvalidDataException("its pages lie outside of the file");
            var header = ReadHeader(file, offset, ref buffer, out var length);
            offset += length;
            if (header.CompressedSize > size - offset)
                throw new InvalidDataException("a page goes on beyond the file");
            if (header.UncompressedSize > SmallPage + MostRatio * header.CompressedSize)
                throw new InvalidDataException(
                    $"a page of {header.CompressedSize} bytes claims {header.UncompressedSize} once decompressed"
                );
            offset += header.CompressedSize;
            if (header.NumValues > SmallCount + MostRatio * header.CompressedSize)
                throw new InvalidDataException(
                    $"a page of {header.CompressedSize} bytes claims {header.NumValues} values"
                );
            if (header.Kind is PageHeader.Data or PageHeader.DataV2)
                values += header.NumValues;
            if (values > numValues)
                throw new InvalidDataException($"its pages hold more than its {numValues} values");
        }
    }

    private static PageHeader ReadHeader(SafeFileHandle file, long offset, ref byte[] buffer, out int length)
    {
        while (true)
        {
            var read = RandomAccess.Read(file, buffer, offset);
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, read);
            try
            {
                var header = PageHeader.Read(ref bytes);
                length = read - bytes.Length;
                return header;
            }
            catch (EndOfStreamException) when (read == buffer.Length && read < LongestHeader)
            {
                buffer = new byte[8 * buffer.Length];
            }
        }
    }
}
