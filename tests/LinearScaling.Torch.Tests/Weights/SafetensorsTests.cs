using System.Buffers.Binary;
using System.Text;
using FsCheck.Xunit;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Tests.Torch.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private static readonly ScalarType[] Types =
    [
        ScalarType.Float64,
        ScalarType.Float32,
        ScalarType.BFloat16,
        ScalarType.Float16,
        ScalarType.Int64,
        ScalarType.Int32,
        ScalarType.Byte,
        ScalarType.Bool,
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("lcs-safetensors-").FullName;

    private byte[]? twoTensors;

    private string Model => Path.Combine(folder, "model.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Property(MaxTest = 40)]
    public void What_is_written_is_read_back_bit_by_bit(int seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var written = Enumerable
            .Range(0, random.Next(6))
            .Select(i => ($"blocks.{i}.größe \"{i}\"", Noise(random)))
            .ToList();
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["note"] = "ä\n\"" };
        var hash = Safetensors.Write(Model, written, metadata);
        using var file = Safetensors.Open(Model);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(written.Select(w => w.Item1), file.Entries.Select(e => e.Name));
        foreach (var (name, tensor) in written)
        {
            var read = file.Read(name);
            Assert.Equal(tensor.dtype, read.dtype);
            Assert.Equal(tensor.shape, read.shape);
            Assert.Equal(Bytes(tensor), Bytes(read));
            var target = zeros_like(tensor);
            file.ReadInto(name, target);
            Assert.Equal(Bytes(tensor), Bytes(target));
        }
        Assert.Equal(hash, file.WeightsHash());
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(Model)) % 8);
    }

    [Property(MaxTest = 200)]
    public void A_file_cut_anywhere_is_refused_with_its_name(int seed)
    {
        var whole = TwoTensors();
        var length = new Random(seed).Next(whole.Length);
        File.WriteAllBytes(Model, whole[..length]);
        var error = Assert.Throws<LinearScalingException>(() => Safetensors.Open(Model));
        Assert.StartsWith(Model + ": ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Property(MaxTest = 300)]
    public void A_header_with_any_byte_changed_is_read_or_refused_but_never_a_crash(int seed)
    {
        using var scope = NewDisposeScope();
        var bytes = TwoTensors();
        var random = new Random(seed);
        bytes[random.Next(bytes.Length - 40)] = (byte)random.Next(256);
        File.WriteAllBytes(Model, bytes);
        try
        {
            using var file = Safetensors.Open(Model);
            foreach (var entry in file.Entries)
                file.Read(entry.Name);
        }
        catch (LinearScalingException e)
        {
            Assert.StartsWith(Model + ": ", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{}", 4, "damaged: 4 bytes after 'the header' belong to no tensor")]
    [InlineData("[]", 0, "damaged: the header is not a JSON object")]
    [InlineData("""{"a":1}""", 0, "tensor 'a': its description is not a JSON object")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a': no dtype, or not of kind String")]
    [InlineData(
        """{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""",
        4,
        "tensor 'a': unknown dtype 'F8_E4M3'; one of: F64, F32, BF16, F16, I64, I32, I16, I8, U8, BOOL"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""",
        4,
        "tensor 'a': shape: expected a non-negative integer, got -1"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""",
        4,
        "tensor 'a': shape: expected a non-negative integer, got 1.5"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""",
        4,
        "tensor 'a': data_offsets [4, 0] are not a begin and an end"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""",
        4,
        "tensor 'a': F32 of shape [2] takes 8 bytes, its data_offsets give 4"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,4],"data_offsets":[0,4]}}""",
        4,
        "tensor 'a': F32 of shape [9223372036854775807, 9223372036854775807, 4] takes 36893488147419103228 bytes, "
            + "its data_offsets give 4"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
        4,
        "tensor 'a': truncated: its data end at byte 8, the file has 4 bytes of data"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":["""
            + """4,8]}}""",
        8,
        "tensor 'b': its data overlap those of 'a'"
    )]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":["""
            + """8,12]}}""",
        12,
        "tensor 'b': 4 bytes between 'a' and it belong to no tensor"
    )]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "damaged: __metadata__.a is not text")]
    public void A_malformed_header_is_named(string header, int dataBytes, string problem)
    {
        WriteRaw(Model, header, dataBytes);
        Assert.Equal(
            $"{Model}: {problem}",
            Assert.Throws<LinearScalingException>(() => Safetensors.Open(Model)).Message
        );
    }

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        File.WriteAllBytes(Model, [255, 255, 255, 255, 255, 255, 255, 127, 0]);
        Assert.Equal(
            $"{Model}: not a safetensors file, or a truncated one: it declares a header of 9223372036854775807 "
                + $"bytes and has 9",
            Assert.Throws<LinearScalingException>(() => Safetensors.Open(Model)).Message
        );
    }

    [Fact]
    public void A_header_that_names_a_tensor_twice_is_refused()
    {
        WriteRaw(
            Model,
            """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":["""
                + """1],"data_offsets":[4,8]}}""",
            8
        );
        Assert.StartsWith(
            $"{Model}: not a safetensors file, or a damaged one: the header is not JSON: ",
            Assert.Throws<LinearScalingException>(() => Safetensors.Open(Model)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_missing_tensor_a_wrong_shape_and_a_wrong_kind_are_named()
    {
        using var scope = NewDisposeScope();
        Safetensors.Write(Model, [("a", zeros(2, 3)), ("ids", zeros([4], ScalarType.Int64))]);
        using var file = Safetensors.Open(Model);
        Assert.Equal(
            $"{Model}: tensor 'b' is missing",
            Assert.Throws<LinearScalingException>(() => file.ReadInto("b", zeros(2))).Message
        );
        Assert.Equal(
            $"{Model}: tensor 'a': expected shape [3, 2], found [2, 3]",
            Assert.Throws<LinearScalingException>(() => file.ReadInto("a", zeros(3, 2))).Message
        );
        Assert.Equal(
            $"{Model}: tensor 'ids': expected dtype F32, found I64",
            Assert.Throws<LinearScalingException>(() => file.ReadInto("ids", zeros(4))).Message
        );
    }

    [Fact]
    public void Reading_converts_between_floats_and_into_views()
    {
        using var scope = NewDisposeScope();
        Safetensors.Write(Model, [("a", tensor(new float[] { 1, 2, 3, 4, 5, 6 }).view(2, 3))]);
        using var file = Safetensors.Open(Model);
        var flat = zeros(12, ScalarType.Float64);
        file.ReadInto("a", flat.narrow(0, 3, 6).view(2, 3));
        Assert.Equal([0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0], flat.data<double>().ToArray());
        var transposed = zeros(3, 2);
        file.ReadInto("a", transposed.t());
        Assert.Equal([1, 4, 2, 5, 3, 6], transposed.data<float>().ToArray());
    }

    [Fact]
    public void The_hash_sees_names_shapes_and_values_but_not_the_metadata()
    {
        using var scope = NewDisposeScope();
        string Hash(string name, Tensor tensor, Dictionary<string, string>? metadata = null) =>
            Safetensors.Write(Model, [(name, tensor)], metadata);
        var hash = Hash("a", zeros(2, 3));
        Assert.Equal(32, hash.Length);
        Assert.Equal(hash, Hash("a", zeros(2, 3), new() { ["step"] = "1" }));
        Assert.NotEqual(hash, Hash("b", zeros(2, 3)));
        Assert.NotEqual(hash, Hash("a", zeros(3, 2)));
        Assert.NotEqual(hash, Hash("a", zeros([2, 3], ScalarType.Int32)));
        Assert.NotEqual(hash, Hash("a", ones(2, 3)));
    }

    [Fact]
    public void No_tensor_is_left_alive()
    {
        using var scope = NewDisposeScope();
        var weight = ones(5);
        var target = zeros([5], ScalarType.Float64);
        Safetensors.Write(Model, [("a", weight)]);
        using var file = Safetensors.Open(Model);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Safetensors.Write(Path.Combine(folder, "again.safetensors"), [("a", weight)]);
        file.ReadInto("a", target);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>A file with two tensors and metadata. Written once: every write waits for the disk.</summary>
    private byte[] TwoTensors()
    {
        if (twoTensors is null)
        {
            using var scope = NewDisposeScope();
            Safetensors.Write(
                Model,
                [("a", arange(7f)), ("b", ones([3, 2], ScalarType.BFloat16))],
                new Dictionary<string, string> { ["k"] = "v" }
            );
            twoTensors = File.ReadAllBytes(Model);
        }
        return (byte[])twoTensors.Clone();
    }

    private static Tensor Noise(Random random)
    {
        var type = Types[random.Next(Types.Length)];
        var shape = Enumerable.Range(0, random.Next(4)).Select(_ => (long)random.Next(5)).ToArray();
        var noise = randint(0, type == ScalarType.Bool ? 2 : 256, shape, ScalarType.Float32).to(type);
        return shape.Length > 1 && random.Next(2) == 0 ? noise.transpose(0, 1) : noise;
    }

    private static byte[] Bytes(Tensor tensor) => tensor.contiguous().bytes.ToArray();

    private static void WriteRaw(string path, string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
    }
}
