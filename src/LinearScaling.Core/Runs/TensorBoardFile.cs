using System.Buffers.Binary;
using System.Text;

namespace LinearScaling.Runs;

/// <summary>A TensorBoard event file: scalars by step, as TFRecord frames around Event protocol buffers.</summary>
/// <remarks>
/// Frame: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the data, little-endian
/// (tensorflow/core/lib/io/record_writer). Event: 1 wall_time double, 2 step int64, 3 file_version string, 5 summary, 7
/// session_log {1 status, START = 1}; summary: repeated 1 value {1 tag string, 2 simple_value float}
/// (tensorflow/core/util/event.proto).
/// </remarks>
public sealed class TensorBoardFile : IDisposable
{
    private readonly FileStream stream;

    /// <summary>Creates <c>events.out.tfevents.SECONDS.lcs</c> in a directory; a resumed run adds a file, as
    /// TensorBoard expects.</summary>
    public TensorBoardFile(string directory, DateTimeOffset now)
    {
        stream = new FileStream(
            Path.Combine(directory, $"events.out.tfevents.{now.ToUnixTimeMilliseconds():D13}.lcs"),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.Read
        );
        Write([.. Double(1, now.ToUnixTimeMilliseconds() / 1e3), .. Bytes(3, "brain.Event:2"u8)]);
    }

    /// <summary>Marks that a process resumes at a step: TensorBoard then ignores earlier files from that step
    /// on.</summary>
    public void Begin(long step, DateTimeOffset now)
    {
        Write([
            .. Double(1, now.ToUnixTimeMilliseconds() / 1e3),
            .. Varint(2 << 3),
            .. Varint((ulong)step),
            .. Bytes(7, [.. Varint(1 << 3), .. Varint(1)]),
        ]);
        stream.Flush();
    }

    /// <summary>Adds scalars of one step.</summary>
    public void Add(long step, DateTimeOffset now, params ReadOnlySpan<(string Tag, double Value)> scalars)
    {
        var summary = new List<byte>();
        foreach (var (tag, value) in scalars)
            summary.AddRange(Bytes(1, [.. Bytes(1, Encoding.UTF8.GetBytes(tag)), .. Float(2, (float)value)]));
        Write([
            .. Double(1, now.ToUnixTimeMilliseconds() / 1e3),
            .. Varint(2 << 3),
            .. Varint((ulong)step),
            .. Bytes(5, [.. summary]),
        ]);
        stream.Flush();
    }

    public void Dispose() => stream.Dispose();

    private void Write(byte[] data)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], Masked(head[..8]));
        Span<byte> tail = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, Masked(data));
        stream.Write(head);
        stream.Write(data);
        stream.Write(tail);
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var b in data)
            crc = System.Numerics.BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Bytes(int field, ReadOnlySpan<byte> value) =>
        [.. Varint((ulong)(field << 3 | 2)), .. Varint((ulong)value.Length), .. value];

    private static byte[] Double(int field, double value) =>
        [.. Varint((ulong)(field << 3 | 1)), .. BitConverter.GetBytes(value)];

    private static byte[] Float(int field, float value) =>
        [.. Varint((ulong)(field << 3 | 5)), .. BitConverter.GetBytes(value)];
}
