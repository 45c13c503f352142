namespace LinearScaling.Shards;

/// <summary>What precedes every page of a Parquet column, as far as a shard's reader needs it.</summary>
/// <param name="Type">The number of its kind in parquet.thrift.</param>
/// <param name="UncompressedSize">Bytes of the page once decompressed.</param>
/// <param name="CompressedSize">Bytes of the page in the file.</param>
/// <param name="NumValues">Values in the page.</param>
/// <param name="Encoding">The number of the way they are written in parquet.thrift.</param>
internal readonly record struct PageHeader(
    int Type,
    int UncompressedSize,
    int CompressedSize,
    int NumValues,
    int Encoding
)
{
    public const int Data = 0;
    public const int Plain = 0;

    private const int Struct = 12;

    /// <summary>Reads the header that <paramref name="bytes"/> begin with (Thrift's compact protocol), and moves them
    /// past it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PageHeader Read(ref ReadOnlySpan<byte> bytes)
    {
        var header = new PageHeader { Type = -1, Encoding = -1 };
        for (var field = 0; NextField(ref bytes, ref field, out var type); )
            header = (field, type) switch
            {
                (1, _) => header with { Type = Integer(ref bytes) },
                (2, _) => header with { UncompressedSize = Integer(ref bytes) },
                (3, _) => header with { CompressedSize = Integer(ref bytes) },
                (5, Struct) => ReadValues(ref bytes, header),
                _ => Skip(ref bytes, type, header),
            };
        return header is { UncompressedSize: >= 0, CompressedSize: >= 0, NumValues: >= 0 }
            ? header
            : throw new InvalidDataException("a page's header is damaged");
    }

    /// <summary>An unsigned integer of seven bits per byte, the lowest first.</summary>
    public static uint Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0u;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private static PageHeader ReadValues(ref ReadOnlySpan<byte> bytes, PageHeader header)
    {
        for (var field = 0; NextField(ref bytes, ref field, out var type); )
            header = field switch
            {
                1 => header with { NumValues = Integer(ref bytes) },
                2 => header with { Encoding = Integer(ref bytes) },
                _ => Skip(ref bytes, type, header),
            };
        return header;
    }

    private static bool NextField(ref ReadOnlySpan<byte> bytes, ref int field, out int type)
    {
        var next = bytes[0];
        bytes = bytes[1..];
        type = next & 0xF;
        if (type != 0)
            field = next >> 4 is > 0 and var further ? field + further : Integer(ref bytes);
        return type != 0;
    }

    /// <summary>A signed integer, folded so that small ones of either sign are short.</summary>
    private static int Integer(ref ReadOnlySpan<byte> bytes)
    {
        var folded = Varint(ref bytes);
        return (int)(folded >> 1) ^ -(int)(folded & 1);
    }

    private static PageHeader Skip(ref ReadOnlySpan<byte> bytes, int type, PageHeader unchanged)
    {
        switch (type)
        {
            case 1 or 2: // true and false, which are all of themselves
                break;
            case 3:
                bytes = bytes[1..];
                break;
            case 4 or 5 or 6:
                Varint(ref bytes);
                break;
            case 8:
                bytes = bytes[checked((int)Varint(ref bytes))..];
                break;
            case Struct:
                for (var field = 0; NextField(ref bytes, ref field, out var inner); )
                    Skip(ref bytes, inner, unchanged);
                break;
            default:
                throw new InvalidDataException($"a page's header holds a field of type {type}");
        }
        return unchanged;
    }
}
