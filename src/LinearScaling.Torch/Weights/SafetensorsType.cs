namespace LinearScaling.Torch.Weights;

/// <summary>Element types of safetensors files and their libtorch counterparts.</summary>
internal static class SafetensorsType
{
    private static readonly (string Name, ScalarType Type, int Bytes)[] Types =
    [
        ("F64", ScalarType.Float64, 8),
        ("F32", ScalarType.Float32, 4),
        ("BF16", ScalarType.BFloat16, 2),
        ("F16", ScalarType.Float16, 2),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    public static string Names => string.Join(", ", Types.Select(t => t.Name));

    public static string Name(ScalarType type) =>
        Array.Find(Types, t => t.Type == type).Name
        ?? throw new NotSupportedException($"safetensors has no element type {type}");

    public static bool TryParse(string? name, out ScalarType type, out int bytes)
    {
        var found = Array.Find(Types, t => t.Name == name);
        (type, bytes) = (found.Type, found.Bytes);
        return found.Name is not null;
    }

    public static bool IsFloat(ScalarType type) =>
        type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16;
}
