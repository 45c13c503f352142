using System.Buffers.Binary;
using System.Text.Json;
using LinearScaling.Files;
using Microsoft.Win32.SafeHandles;

namespace LinearScaling.Torch.Weights;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafetensorsEntry(string Name, ScalarType DType, long[] Shape, long Begin, long End);

/// <summary>The checked header of one safetensors file: every tensor lies in the file, and together they cover its data
/// without a gap or an overlap.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header the format's reference reader takes.</summary>
    private const long MaxBytes = 100_000_000;

    private readonly string path;

    private SafetensorsHeader(string path, long dataStart, long dataBytes, ReadOnlyMemory<byte> json)
    {
        this.path = path;
        DataStart = dataStart;
        try
        {
            var root = StrictJson.Parse(json);
            if (root.ValueKind != JsonValueKind.Object)
                throw Damaged("the header is not a JSON object");
            Entries =
            [
                .. root.EnumerateObject()
                    .Where(p => p.Name != "__metadata__")
                    .Select(ReadEntry)
                    .OrderBy(e => e.Begin)
                    .ThenBy(e => e.End),
            ];
            Metadata = root.TryGetProperty("__metadata__", out var metadata)
                ? ReadMetadata(metadata)
                : new Dictionary<string, string>();
        }
        catch (JsonException e)
        {
            throw SafetensorsMistakes.NotJson(path, e);
        }
        CheckCover(dataBytes);
    }

    /// <summary>By place in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Where the header ends and the data begin.</summary>
    public long DataStart { get; }

    public static SafetensorsHeader Read(SafeFileHandle file, string path)
    {
        var length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || RandomAccess.Read(file, prefix, 0) < 8)
            throw SafetensorsMistakes.TooShort(path, length);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerBytes > MaxBytes || (long)headerBytes > length - 8)
            throw SafetensorsMistakes.Truncated(path, headerBytes, length);
        var json = new byte[headerBytes];
        if (RandomAccess.Read(file, json, 8) < json.Length)
            throw new LinearScalingException($"{path}: ends within the header");
        return new(path, 8 + json.Length, length - 8 - json.Length, json);
    }

    private SafetensorsEntry ReadEntry(JsonProperty property)
    {
        var name = property.Name;
        if (property.Value.ValueKind != JsonValueKind.Object)
            throw Damaged(name, "its description is not a JSON object");
        var dtype = Member(property, "dtype", JsonValueKind.String).GetString();
        if (!SafetensorsType.TryParse(dtype, out var type, out var bytes))
            throw Damaged(name, $"unknown dtype '{dtype}'; one of: {SafetensorsType.Names}");
        var shape = Integers(property, "shape");
        var offsets = Integers(property, "data_offsets");
        if (offsets.Length != 2 || offsets[1] < offsets[0])
            throw Damaged(name, $"data_offsets [{string.Join(", ", offsets)}] are not a begin and an end");
        var expected = shape.Aggregate(
            (UInt128)bytes,
            (product, size) => product > long.MaxValue ? product : product * (ulong)size
        );
        if (expected != (UInt128)(offsets[1] - offsets[0]))
            throw Damaged(
                name,
                $"{dtype} of shape [{string.Join(", ", shape)}] takes {expected} bytes, its data_offsets give "
                    + $"{offsets[1] - offsets[0]}"
            );
        return new(name, type, shape, offsets[0], offsets[1]);
    }

    private JsonElement Member(JsonProperty tensor, string key, JsonValueKind kind) =>
        tensor.Value.TryGetProperty(key, out var value) && value.ValueKind == kind
            ? value
            : throw Damaged(tensor.Name, $"no {key}, or not of kind {kind}");

    private long[] Integers(JsonProperty tensor, string key)
    {
        var values = Member(tensor, key, JsonValueKind.Array);
        return
        [
            .. values
                .EnumerateArray()
                .Select(v =>
                    v.ValueKind == JsonValueKind.Number && v.TryGetInt64(out var number) && number >= 0
                        ? number
                        : throw Damaged(tensor.Name, $"{key}: expected a non-negative integer, got {v.GetRawText()}")
                ),
        ];
    }

    private Dictionary<string, string> ReadMetadata(JsonElement metadata) =>
        metadata.ValueKind == JsonValueKind.Object
            ? metadata
                .EnumerateObject()
                .ToDictionary(
                    p => p.Name,
                    p =>
                        p.Value.ValueKind == JsonValueKind.String
                            ? p.Value.GetString()!
                            : throw Damaged($"__metadata__.{p.Name} is not text")
                )
            : throw Damaged("__metadata__ is not a JSON object");

    private void CheckCover(long dataBytes)
    {
        var end = 0L;
        var before = "the header";
        foreach (var entry in Entries)
        {
            if (entry.End > dataBytes)
                throw Damaged(
                    entry.Name,
                    $"truncated: its data end at byte {entry.End}, the file has {dataBytes} bytes of data"
                );
            if (entry.Begin < end)
                throw Damaged(entry.Name, $"its data overlap those of '{before}'");
            if (entry.Begin > end)
                throw Damaged(entry.Name, $"{entry.Begin - end} bytes between '{before}' and it belong to no tensor");
            (end, before) = (entry.End, entry.Name);
        }
        if (end < dataBytes)
            throw Damaged($"{dataBytes - end} bytes after '{before}' belong to no tensor");
    }

    private LinearScalingException Damaged(string problem) => new($"{path}: damaged: {problem}");

    private LinearScalingException Damaged(string tensor, string problem) =>
        new($"{path}: tensor '{tensor}': {problem}");
}
