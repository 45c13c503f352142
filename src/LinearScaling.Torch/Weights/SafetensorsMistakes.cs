namespace LinearScaling.Torch.Weights;

/// <summary>What can be wrong with safetensors files, in words a user can act on.</summary>
internal static class SafetensorsMistakes
{
    public static LinearScalingException NoModel(string path, string index) =>
        new($"{path}: holds no model.safetensors, no {index} and no other safetensors file; name the file");

    public static LinearScalingException MissingShard(string missing) =>
        new($"{missing}: missing; the shards of a model belong together");

    public static LinearScalingException OtherShape(
        string path,
        string name,
        IEnumerable<long> expected,
        IEnumerable<long> found
    ) =>
        new(
            $"{path}: tensor '{name}': expected shape [{string.Join(", ", expected)}], found "
                + $"[{string.Join(", ", found)}]"
        );

    public static LinearScalingException OtherType(string path, string name, ScalarType expected, ScalarType found) =>
        new(
            $"{path}: tensor '{name}': expected dtype {SafetensorsType.Name(expected)}, found "
                + $"{SafetensorsType.Name(found)}"
        );

    public static LinearScalingException NotAnIndex(string index, Exception e) =>
        new($"{index}: not an index of shards (an object whose weight_map gives each tensor's file): {e.Message}", e);

    public static LinearScalingException NotInShard(string index, string name, string shard) =>
        new($"{index}: tensor '{name}' is not in {shard}, where the index places it");

    public static LinearScalingException NotJson(string path, Exception e) =>
        new($"{path}: not a safetensors file, or a damaged one: the header is not JSON: {e.Message}", e);

    public static LinearScalingException TooShort(string path, long length) =>
        new($"{path}: not a safetensors file: {length} bytes, fewer than the 8 that give the header's length");

    public static LinearScalingException Truncated(string path, ulong headerBytes, long length) =>
        new(
            $"{path}: not a safetensors file, or a truncated one: it declares a header of {headerBytes} bytes "
                + $"and has {length}"
        );
}
