using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using LinearScaling.Files;
using LinearScaling.Torch.Native;
using Microsoft.Win32.SafeHandles;

namespace LinearScaling.Torch.Weights;

/// <summary>Tensors in safetensors files (https://github.com/huggingface/safetensors), read and written straight from
/// and to tensor memory.</summary>
/// <remarks>One file, or the shards that a <c>model.safetensors.index.json</c> lists, seen as one. Nothing is loaded
/// before it is asked for.</remarks>
public sealed class Safetensors : IDisposable
{
    private const string IndexFile = "model.safetensors.index.json";

    private readonly string path;
    private readonly List<SafeFileHandle> handles = [];
    private readonly Dictionary<
        string,
        (SafetensorsEntry Entry, SafeFileHandle File, string Path, long DataStart)
    > byName = [];
    private readonly Dictionary<string, string> metadata = [];

    private Safetensors(string path, IEnumerable<string> files)
    {
        this.path = path;
        try
        {
            foreach (var file in files)
                Add(file);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Every tensor: by shard, and by place in its file.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries => [.. byName.Values.Select(t => t.Entry)];

    /// <summary>The files' <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <summary>Opens a file, an index of shards, or a folder that holds <c>model.safetensors</c>, an index, or
    /// safetensors files, each tensor in one of them.</summary>
    /// <exception cref="LinearScalingException">Nothing there, a shard is missing, or a file is truncated or
    /// malformed.</exception>
    public static Safetensors Open(string path)
    {
        if (!Directory.Exists(path))
            return path.EndsWith(".index.json", StringComparison.Ordinal) ? OpenIndex(path) : new(path, [path]);
        var single = Path.Combine(path, "model.safetensors");
        if (File.Exists(single))
            return new(single, [single]);
        if (File.Exists(Path.Combine(path, IndexFile)))
            return OpenIndex(Path.Combine(path, IndexFile));
        var files = Directory.GetFiles(path, "*.safetensors").Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw SafetensorsMistakes.NoModel(path, IndexFile);
        if (files.SelectMany(ShardNames.AllOf).FirstOrDefault(f => !File.Exists(f)) is { } missing)
            throw SafetensorsMistakes.MissingShard(missing);
        return new(files.Count == 1 ? files[0] : path, files);
    }

    /// <summary>Writes a file and returns when it is on disk.</summary>
    /// <param name="tensors">In the order of the file; any device and strides.</param>
    /// <returns>The hash that <see cref="WeightsHash"/> computes from the file.</returns>
    public static string Write(
        string path,
        IEnumerable<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        var list = tensors.ToList();
        var header = Header(list, metadata);
        var hash = new XxHash128();
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        file.Write(prefix);
        file.Write(header);
        foreach (var (name, tensor) in list)
        {
            using var scope = NewDisposeScope();
            AppendDescription(hash, name, tensor.dtype, tensor.shape);
            TensorMemory.ForEachChunk(
                tensor.detach().cpu().contiguous(),
                (chunk, _) =>
                {
                    hash.Append(chunk);
                    file.Write(chunk);
                }
            );
        }
        file.Flush(flushToDisk: true);
        return hash.ToHex();
    }

    /// <summary>The named tensor on the CPU, with its stored element type.</summary>
    public Tensor Read(string name)
    {
        var (entry, file, path, dataStart) = Find(name);
        var tensor = empty(entry.Shape, entry.DType, CPU);
        Fill(tensor, entry, file, path, dataStart);
        return tensor;
    }

    /// <summary>Overwrites a tensor with the named one. Floating-point types convert into each other.</summary>
    /// <exception cref="LinearScalingException">There is no such tensor, or its shape or kind of number
    /// differs.</exception>
    public void ReadInto(string name, Tensor tensor)
    {
        var (entry, file, path, dataStart) = Find(name);
        if (!entry.Shape.AsSpan().SequenceEqual(tensor.shape))
            throw SafetensorsMistakes.OtherShape(path, name, tensor.shape, entry.Shape);
        if (
            entry.DType != tensor.dtype
            && !(SafetensorsType.IsFloat(entry.DType) && SafetensorsType.IsFloat(tensor.dtype))
        )
            throw SafetensorsMistakes.OtherType(path, name, tensor.dtype, entry.DType);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        if (entry.DType == tensor.dtype && tensor.device_type == DeviceType.CPU && tensor.is_contiguous())
            Fill(tensor, entry, file, path, dataStart);
        else
            tensor.copy_(Read(name));
    }

    /// <summary>Overwrites a tensor of one dimension with elements of the named one, in their order in memory.
    /// Floating-point types convert into each other.</summary>
    /// <param name="start">The first of them.</param>
    public void ReadRange(string name, long start, Tensor tensor)
    {
        var (entry, file, path, dataStart) = Find(name);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var direct = entry.DType == tensor.dtype && tensor.device_type == DeviceType.CPU;
        var target = direct ? tensor : empty([tensor.numel()], entry.DType, CPU);
        var begin = entry.Begin + start * target.ElementSize;
        if (begin + target.numel() * target.ElementSize > entry.End)
            throw SafetensorsMistakes.OtherShape(path, name, tensor.shape, entry.Shape);
        Fill(target, entry with { Begin = begin }, file, path, dataStart);
        if (!direct)
            tensor.copy_(target);
    }

    /// <summary>Hash of all tensors: names, element types, shapes and values, in order. The metadata do not
    /// count.</summary>
    public string WeightsHash()
    {
        var hash = new XxHash128();
        var buffer = new byte[4 << 20];
        foreach (var (entry, file, path, dataStart) in byName.Values)
        {
            AppendDescription(hash, entry.Name, entry.DType, entry.Shape);
            for (var at = entry.Begin; at < entry.End; )
            {
                var read = RandomAccess.Read(
                    file,
                    buffer.AsSpan(0, (int)Math.Min(buffer.Length, entry.End - at)),
                    dataStart + at
                );
                if (read == 0)
                    throw Shortened(entry, path);
                hash.Append(buffer.AsSpan(0, read));
                at += read;
            }
        }
        return hash.ToHex();
    }

    public void Dispose()
    {
        foreach (var handle in handles)
            handle.Dispose();
    }

    private static Safetensors OpenIndex(string index)
    {
        var shardOf = SafetensorsIndex.Read(index);
        var folder = Path.GetDirectoryName(Path.GetFullPath(index))!;
        var shards = new Safetensors(
            index,
            shardOf.Values.Distinct().Order(StringComparer.Ordinal).Select(f => Path.Combine(folder, f))
        );
        foreach (var (name, shard) in shardOf)
            if (!shards.byName.TryGetValue(name, out var found) || Path.GetFileName(found.Path) != shard)
            {
                shards.Dispose();
                throw SafetensorsMistakes.NotInShard(index, name, shard);
            }
        return shards;
    }

    private static SafeFileHandle OpenForReading(string file)
    {
        try
        {
            return File.OpenHandle(file);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw new LinearScalingException($"{file}: cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Header(
        List<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata
    )
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                    json.WriteString(key, value);
                json.WriteEndObject();
            }
            var seen = new HashSet<string> { "__metadata__" };
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                if (!seen.Add(name))
                    throw new ArgumentException($"two tensors named '{name}'", nameof(tensors));
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsType.Name(tensor.dtype));
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * tensor.ElementSize);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (bytes.Length % 8 != 0) // so that the data are aligned
            bytes.WriteByte((byte)' ');
        return bytes.ToArray();
    }

    private static void AppendDescription(XxHash128 hash, string name, ScalarType dtype, long[] shape) =>
        hash.Append(Encoding.UTF8.GetBytes($"{name}\n{SafetensorsType.Name(dtype)}[{string.Join(',', shape)}]\n"));

    private static LinearScalingException Shortened(SafetensorsEntry entry, string path) =>
        new($"{path}: tensor '{entry.Name}': the file became shorter while it was read");

    private static void Fill(Tensor tensor, SafetensorsEntry entry, SafeFileHandle file, string path, long dataStart) =>
        TensorMemory.ForEachChunk(
            tensor,
            (chunk, offset) =>
            {
                for (var done = 0; done < chunk.Length; )
                {
                    var read = RandomAccess.Read(file, chunk[done..], dataStart + entry.Begin + offset + done);
                    done += read > 0 ? read : throw Shortened(entry, path);
                }
            }
        );

    private (SafetensorsEntry Entry, SafeFileHandle File, string Path, long DataStart) Find(string name) =>
        byName.TryGetValue(name, out var found)
            ? found
            : throw new LinearScalingException($"{path}: tensor '{name}' is missing");

    private void Add(string file)
    {
        if (!File.Exists(file))
            throw new LinearScalingException($"{file}: no such file");
        var handle = OpenForReading(file);
        handles.Add(handle);
        var header = SafetensorsHeader.Read(handle, file);
        foreach (var entry in header.Entries)
            if (!byName.TryAdd(entry.Name, (entry, handle, file, header.DataStart)))
                throw new LinearScalingException($"{file}: tensor '{entry.Name}' is in {byName[entry.Name].Path} too");
        foreach (var (key, value) in header.Metadata)
            metadata[key] = value;
    }
}
