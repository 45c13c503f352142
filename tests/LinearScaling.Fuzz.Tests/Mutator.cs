using System.Buffers.Binary;
using System.Text;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Changes valid input as damage and other programs do: flipped and set bytes, lengths of no sense, parts that
/// are cut out, doubled or taken from elsewhere, and words that formats treat in a way of their own.</summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> seeds)
{
    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "\n",
            "\r\n",
            "\0",
            "\"",
            "\\",
            "\\ud800",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            ";",
            "null",
            "true",
            "NaN",
            "Infinity",
            "-",
            "-1",
            "0",
            "1e999",
            "1e-999",
            "2147483647",
            "2147483648",
            "-9223372036854775808",
            "9999999999999999999999",
            "0.1",
            "../",
            "/",
            "*a",
            "&a ",
            "<<: ",
            "!!binary ",
            "- ",
            "? ",
            "#",
            "\ufeff",
            "\ufffd",
            "e\u0301",
            "\ud83d\ude00",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF],
        [0xC3],
        [0xED, 0xA0, 0x80],
        [0x80, 0x80, 0x80, 0x80, 0x08],
        [0x19, 0xFC],
    ];

    private static readonly string[] Values =
    [
        "null",
        "\"\"",
        "\" \"",
        "\"_\"",
        "[]",
        "[\"\"]",
        "{}",
        "-1",
        "0",
        "99",
        "1e999",
        "true",
        "\"\\udc00\"",
    ];

    /// <summary>A seed with one to a few changes.</summary>
    public byte[] Next()
    {
        var bytes = seeds[random.Next(seeds.Count)].ToList();
        for (var changes = 1 + random.Next(1 << random.Next(1, 4)); changes > 0; changes--)
            Change(bytes);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            bytes.AddRange(Words[random.Next(Words.Length)]);
            return;
        }
        var at = Place(bytes.Count);
        switch (random.Next(13))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes[at] = random.Next(3) switch
                {
                    0 => 0,
                    1 => 0x7F,
                    _ => 0xFF,
                };
                break;
            case 3:
                bytes.RemoveRange(at, Length(bytes.Count - at));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at); // cut off
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, Length(bytes.Count - at)));
                break;
            case 6:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length);
                bytes.InsertRange(at, other[from..(from + Length(other.Length - from))]);
                break;
            case 7:
                bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                break;
            case 8:
                var word = Words[random.Next(Words.Length)];
                bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
            case 9:
                Number(bytes, at);
                break;
            case 10:
                Digits(bytes, at);
                break;
            case 11:
                Replace(bytes, at, from: '"', to: '"', [""]);
                break;
            case 12:
                Replace(bytes, at, from: ':', to: ',', Values);
                break;
        }
    }

    /// <summary>Another value where one stands between two signs.</summary>
    private void Replace(List<byte> bytes, int at, char from, char to, string[] values)
    {
        var start = bytes.IndexOf((byte)from, at) + 1;
        var end = start == 0 ? -1 : bytes.IndexOf((byte)to, start);
        if (end < 0)
            return;
        bytes.RemoveRange(start, end - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(values[random.Next(values.Length)]));
    }

    /// <summary>The ends of a file hold headers and footers.</summary>
    private int Place(int count) =>
        random.Next(4) switch
        {
            0 => random.Next(Math.Min(count, 64)),
            1 => count - 1 - random.Next(Math.Min(count, 512)),
            _ => random.Next(count),
        };

    private int Length(int most) => Math.Max(1, random.Next(Math.Min(most, 1 << random.Next(1, 8))));

    /// <summary>A length or an offset of another size.</summary>
    private void Number(List<byte> bytes, int at)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(
            number,
            random.Next(6) switch
            {
                0 => int.MaxValue,
                1 => -1,
                2 => long.MaxValue,
                3 => bytes.Count,
                4 => 1L << random.Next(62),
                _ => random.Next(1024),
            }
        );
        var size = random.Next(2) == 0 ? 4 : 8;
        for (var i = 0; i < size && at + i < bytes.Count; i++)
            bytes[at + i] = number[i];
    }

    /// <summary>Another number where one is written in digits.</summary>
    private void Digits(List<byte> bytes, int at)
    {
        var start = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
            return;
        var end = start;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9')
            end++;
        bytes.RemoveRange(start, end - start);
        string[] numbers = ["0", "-1", "2147483647", "4294967296", "1e308", "0.5", $"{random.Next(100)}"];
        bytes.InsertRange(start, Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]));
    }
}
