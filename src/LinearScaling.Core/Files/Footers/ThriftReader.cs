namespace LinearScaling.Files.Footers;

/// <summary>Told a struct's integers, and then that it ended.</summary>
internal interface IThriftVisitor
{
    void Integer(ThriftType type, int field, long value);

    void End(ThriftType type);
}

/// <summary>
/// Reads a value of Thrift's compact protocol whose type is known, and refuses whatever is not of that type: damage is
/// found before a reader that trusts its input sees it. Nothing it does takes more than the bytes it was given.
/// </summary>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int DeepestNesting = 32;

    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="EndOfStreamException">The bytes end within it.</exception>
    public void Read(ThriftType type, IThriftVisitor visitor) => ReadStruct(type, visitor, 0);

    private void ReadStruct(ThriftType type, IThriftVisitor visitor, int depth)
    {
        if (depth > DeepestNesting)
            throw new InvalidDataException("its structures are nested too deeply");
        for (var field = 0; NextField(ref field, out var wire); )
            if (type.Fields!.TryGetValue(field, out var expected))
                ReadField(type, field, expected, wire, visitor, depth);
            else
                Skip(wire, depth);
        visitor.End(type);
    }

    private void ReadField(
        ThriftType owner,
        int field,
        ThriftType expected,
        ThriftKind wire,
        IThriftVisitor visitor,
        int depth
    )
    {
        if (expected.Kind == ThriftKind.True && wire is ThriftKind.True or ThriftKind.False)
            return;
        if (wire != expected.Kind)
            throw new InvalidDataException($"its field {field} is of kind {wire}, not {expected.Kind}");
        if (wire is ThriftKind.I16 or ThriftKind.I32 or ThriftKind.I64)
            visitor.Integer(owner, field, Integer(wire));
        else
            ReadValue(expected, visitor, depth);
    }

    private void ReadValue(ThriftType type, IThriftVisitor visitor, int depth)
    {
        switch (type.Kind)
        {
            case ThriftKind.Struct:
                ReadStruct(type, visitor, depth + 1);
                break;
            case ThriftKind.List:
                var count = ListHeader(out var wire);
                if (count > 0 && wire != type.Item!.Kind)
                    throw new InvalidDataException($"a list holds {wire}, not {type.Item.Kind}");
                for (; count > 0; count--)
                    ReadValue(type.Item!, visitor, depth + 1);
                break;
            default:
                Skip(type.Kind, depth);
                break;
        }
    }

    /// <summary>Passes over a value of unknown meaning.</summary>
    private void Skip(ThriftKind wire, int depth)
    {
        if (depth > DeepestNesting)
            throw new InvalidDataException("its structures are nested too deeply");
        switch (wire)
        {
            case ThriftKind.True or ThriftKind.False: // which are all of themselves
                break;
            case ThriftKind.Byte:
                Take(1);
                break;
            case ThriftKind.I16 or ThriftKind.I32 or ThriftKind.I64:
                Integer(wire);
                break;
            case ThriftKind.Double:
                Take(sizeof(double));
                break;
            case ThriftKind.Binary:
                Take(Length());
                break;
            case ThriftKind.Struct:
                for (var field = 0; NextField(ref field, out var inner); )
                    Skip(inner, depth + 1);
                break;
            // readers disagree on the size of a boolean in a list
            case ThriftKind.List when ListHeader(out var item) is var count && item > ThriftKind.False:
                for (; count > 0; count--)
                    Skip(item, depth + 1);
                break;
            default:
                throw new InvalidDataException($"it holds a field of type {(int)wire}");
        }
    }

    private bool NextField(ref int field, out ThriftKind wire)
    {
        var next = Take(1)[0];
        wire = (ThriftKind)(next & 0xF);
        if (next == 0)
            return false;
        field = next >> 4 is > 0 and var further ? field + further : (int)Integer(ThriftKind.I16);
        return field is > 0 and <= short.MaxValue ? true : throw new InvalidDataException("a field has no valid id");
    }

    /// <returns>The number of items, at most the bytes that are left: each takes one.</returns>
    private int ListHeader(out ThriftKind item)
    {
        var next = Take(1)[0];
        item = (ThriftKind)(next & 0xF);
        var count = next >> 4 == 15 ? Length() : next >> 4;
        return count <= bytes.Length - Position
            ? count
            : throw new InvalidDataException($"a list claims {count} items, more than there are bytes");
    }

    private int Length() =>
        Varint() is <= int.MaxValue and var length
            ? (int)length
            : throw new InvalidDataException("a length is no number");

    /// <summary>A signed integer, folded so that small ones of either sign are short.</summary>
    private long Integer(ThriftKind kind)
    {
        var folded = Varint();
        var value = (long)(folded >> 1) ^ -(long)(folded & 1);
        return kind switch
        {
            ThriftKind.I16 when value is < short.MinValue or > short.MaxValue => throw Beyond(value, kind),
            ThriftKind.I32 when value is < int.MinValue or > int.MaxValue => throw Beyond(value, kind),
            _ => value,
        };
    }

    /// <summary>An unsigned integer of seven bits per byte, the lowest first.</summary>
    private ulong Varint()
    {
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw new InvalidDataException("a number has no end");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - Position)
            throw new EndOfStreamException("it ends too early");
        Position += count;
        return bytes.Slice(Position - count, count);
    }

    private static InvalidDataException Beyond(long value, ThriftKind kind) => new($"{value} is beyond {kind}");
}
