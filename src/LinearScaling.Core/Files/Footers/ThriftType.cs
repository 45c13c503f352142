namespace LinearScaling.Files.Footers;

/// <summary>Kinds of values of Thrift's compact protocol, by their number on the wire; a boolean in a struct is one of
/// two.</summary>
internal enum ThriftKind
{
    True = 1,
    False = 2,
    Byte = 3,
    I16 = 4,
    I32 = 5,
    I64 = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Struct = 12,
}

/// <summary>What a value has to be.</summary>
/// <param name="item">Of a list: what its items are.</param>
/// <param name="fields">Of a struct: its fields by their ids; other ids are passed over.</param>
/// <remarks>Two of them are equal where they are the same object.</remarks>
internal sealed class ThriftType(
    ThriftKind kind,
    ThriftType? item = null,
    IReadOnlyDictionary<int, ThriftType>? fields = null
)
{
    public ThriftKind Kind => kind;

    public ThriftType? Item => item;

    public IReadOnlyDictionary<int, ThriftType>? Fields => fields;

    public static readonly ThriftType Bool = new(ThriftKind.True);
    public static readonly ThriftType I8 = new(ThriftKind.Byte);
    public static readonly ThriftType I16 = new(ThriftKind.I16);
    public static readonly ThriftType I32 = new(ThriftKind.I32);
    public static readonly ThriftType I64 = new(ThriftKind.I64);
    public static readonly ThriftType Double = new(ThriftKind.Double);
    public static readonly ThriftType Binary = new(ThriftKind.Binary);

    public static ThriftType List(ThriftType item) => new(ThriftKind.List, item);

    /// <summary>A struct whose fields have the ids 1, 2, 3 and so on.</summary>
    public static ThriftType Struct(params ThriftType[] fields) =>
        new(ThriftKind.Struct, fields: fields.Index().ToDictionary(f => f.Index + 1, f => f.Item));
}
