using static LinearScaling.Files.Footers.ThriftType;

namespace LinearScaling.Files.Footers;

/// <summary>The structures of a Parquet file (parquet.thrift of apache/parquet-format 2.12), field by field.</summary>
internal static class ParquetTypes
{
    private static readonly ThriftType Empty = Struct();

    private static readonly ThriftType KeyValue = Struct(Binary, Binary);

    private static readonly ThriftType TimeUnit = Struct(Empty, Empty, Empty);

    private static readonly ThriftType LogicalType = new(
        ThriftKind.Struct,
        fields: new Dictionary<int, ThriftType>
        {
            [1] = Empty, // STRING
            [2] = Empty, // MAP
            [3] = Empty, // LIST
            [4] = Empty, // ENUM
            [5] = Struct(I32, I32), // DECIMAL: scale, precision
            [6] = Empty, // DATE
            [7] = Struct(Bool, TimeUnit), // TIME
            [8] = Struct(Bool, TimeUnit), // TIMESTAMP
            [10] = Struct(I8, Bool), // INTEGER: bits, signed
            [11] = Empty, // UNKNOWN
            [12] = Empty, // JSON
            [13] = Empty, // BSON
            [14] = Empty, // UUID
            [15] = Empty, // FLOAT16
            [16] = Struct(I8), // VARIANT: version
            [17] = Struct(Binary), // GEOMETRY: coordinates
            [18] = Struct(Binary, I32), // GEOGRAPHY: coordinates, algorithm
        }
    );

    private static readonly ThriftType Statistics = Struct(Binary, Binary, I64, I64, Binary, Binary, Bool, Bool);

    private static readonly ThriftType SizeStatistics = Struct(I64, List(I64), List(I64));

    private static readonly ThriftType BoundingBox = Struct(
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double,
        ThriftType.Double
    );

    /// <summary>Type, length, repetition, name, children, converted type, scale, precision, id, logical type.</summary>
    public static readonly ThriftType SchemaElement = Struct(
        I32,
        I32,
        I32,
        Binary,
        I32,
        I32,
        I32,
        I32,
        I32,
        LogicalType
    );

    /// <summary>Type, encodings, path, codec, values, uncompressed size, compressed size, key-values, offsets of data,
    /// index and dictionary, statistics, encodings of pages, Bloom filter, sizes, geography.</summary>
    public static readonly ThriftType ColumnMetaData = Struct(
        I32,
        List(I32),
        List(Binary),
        I32,
        I64,
        I64,
        I64,
        List(KeyValue),
        I64,
        I64,
        I64,
        Statistics,
        List(Struct(I32, I32, I32)),
        I64,
        I32,
        SizeStatistics,
        Struct(BoundingBox, List(I32))
    );

    /// <summary>File, offset, metadata, offset and length of the offset index and of the column index,
    /// encryption.</summary>
    private static readonly ThriftType ColumnChunk = Struct(
        Binary,
        I64,
        ColumnMetaData,
        I64,
        I32,
        I64,
        I32,
        Struct(Empty, Struct(List(Binary), Binary)),
        Binary
    );

    /// <summary>Columns, size, rows, sorting, offset, compressed size, ordinal.</summary>
    public static readonly ThriftType RowGroup = Struct(
        List(ColumnChunk),
        I64,
        I64,
        List(Struct(I32, Bool, Bool)),
        I64,
        I64,
        I16
    );

    private static readonly ThriftType AesGcm = Struct(Binary, Binary, Bool);

    /// <summary>Version, schema, rows, row groups, key-values, writer, orders of columns, encryption.</summary>
    public static readonly ThriftType FileMetaData = Struct(
        I32,
        List(SchemaElement),
        I64,
        List(RowGroup),
        List(KeyValue),
        Binary,
        List(Struct(Empty)),
        Struct(AesGcm, AesGcm),
        Binary
    );

    /// <summary>Values, encoding, encodings of levels, statistics.</summary>
    public static readonly ThriftType DataPage = Struct(I32, I32, I32, I32, Statistics);

    /// <summary>Values, encoding, whether sorted.</summary>
    public static readonly ThriftType DictionaryPage = Struct(I32, I32, Bool);

    /// <summary>Values, nulls, rows, encoding, bytes of levels, whether compressed, statistics.</summary>
    public static readonly ThriftType DataPageV2 = Struct(I32, I32, I32, I32, I32, I32, Bool, Statistics);

    /// <summary>Kind, uncompressed size, compressed size, checksum, and the header of its kind.</summary>
    public static readonly ThriftType PageHeader = Struct(
        I32,
        I32,
        I32,
        I32,
        DataPage,
        Empty,
        DictionaryPage,
        DataPageV2
    );
}
