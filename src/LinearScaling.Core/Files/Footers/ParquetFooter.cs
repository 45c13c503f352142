using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Parquet.Meta;
using ColumnType = Parquet.Meta.Type;

namespace LinearScaling.Files.Footers;

/// <summary>A column of a row group, as the footer of its file says.</summary>
/// <param name="Offset">Where its first page begins.</param>
/// <param name="Length">Bytes of its pages in the file.</param>
internal readonly record struct FooterColumn(ColumnType Type, CompressionCodec Codec, long Offset, long Length);

/// <summary>The checked footer of a Parquet file: every structure is of its type, every length within the file, and the
/// schema is a tree.</summary>
/// <remarks>Parquet.Net trusts what it reads: one lost byte of a footer can make it loop for ever, or allocate
/// gigabytes. So no footer is given to it before it was read here.</remarks>
internal sealed class ParquetFooter : IThriftVisitor
{
    private const int DeepestSchema = 64;

    /// <summary>Rows that are read at a time.</summary>
    private const long MostRows = 1 << 26;

    private static readonly byte[] Magic = "PAR1"u8.ToArray();

    private readonly List<IReadOnlyList<FooterColumn>> rowGroups = [];
    private readonly List<int> children = [];
    private readonly long[] column = new long[12];
    private List<FooterColumn> columns = [];
    private int childrenOfElement;

    private ParquetFooter() { }

    /// <summary>The columns of each row group.</summary>
    public IReadOnlyList<IReadOnlyList<FooterColumn>> RowGroups => rowGroups;

    /// <exception cref="InvalidDataException">It is no Parquet file, or its footer is damaged.</exception>
    /// <exception cref="EndOfStreamException">The footer ends too early.</exception>
    public static ParquetFooter Read(SafeFileHandle file)
    {
        var size = RandomAccess.GetLength(file);
        Span<byte> end = stackalloc byte[8];
        if (size < 12 || RandomAccess.Read(file, end, size - end.Length) < end.Length || !end.EndsWith(Magic))
            throw new InvalidDataException(
                end.EndsWith("PARE"u8) ? "it is encrypted" : "it does not end as a Parquet file does"
            );
        var length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (length > size - 12 || length > Array.MaxLength)
            throw new InvalidDataException($"its footer claims {length} bytes of the file's {size}");
        var bytes = new byte[length];
        for (var read = 0; read < bytes.Length; )
            read += RandomAccess.Read(file, bytes.AsSpan(read), size - end.Length - length + read) is > 0 and var more
                ? more
                : throw new EndOfStreamException("it became shorter while it was read");
        var footer = new ParquetFooter();
        new ThriftReader(bytes).Read(ParquetTypes.FileMetaData, footer);
        footer.CheckSchema();
        return footer;
    }

    void IThriftVisitor.Integer(ThriftType type, int field, long value)
    {
        if (type == ParquetTypes.SchemaElement && field == 5)
            childrenOfElement = value is >= 0 and <= int.MaxValue
                ? (int)value
                : throw new InvalidDataException($"a column has {value} columns inside");
        else if (type == ParquetTypes.ColumnMetaData && field < column.Length)
            column[field] = value;
        else if (type == ParquetTypes.RowGroup && field == 3 && value is < 0 or > MostRows)
            throw new InvalidDataException($"a row group has {value} rows, more than the {MostRows} read at a time");
    }

    void IThriftVisitor.End(ThriftType type)
    {
        if (type == ParquetTypes.SchemaElement)
        {
            children.Add(childrenOfElement);
            childrenOfElement = 0;
        }
        else if (type == ParquetTypes.ColumnMetaData)
        {
            var (data, dictionary) = (column[9], column[11]);
            var first = dictionary > 0 ? Math.Min(data, dictionary) : data;
            columns.Add(new((ColumnType)column[1], (CompressionCodec)column[4], first, column[7]));
            Array.Clear(column);
        }
        else if (type == ParquetTypes.RowGroup)
        {
            rowGroups.Add(columns);
            columns = [];
        }
    }

    /// <summary>The elements are a tree in preorder, each with the number of those below it.</summary>
    private void CheckSchema()
    {
        var open = new Stack<int>([1]);
        foreach (var count in children)
        {
            while (open.TryPeek(out var left) && left == 0)
                open.Pop();
            if (open.Count is 0 or > DeepestSchema)
                throw new InvalidDataException(
                    open.Count == 0 ? "its schema has more columns than it says" : "its columns are nested too deeply"
                );
            open.Push(open.Pop() - 1);
            open.Push(count);
        }
        if (open.Any(left => left != 0))
            throw new InvalidDataException("its schema has fewer columns than it says");
    }
}
