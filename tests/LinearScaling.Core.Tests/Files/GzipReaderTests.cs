using System.IO.Compression;
using System.Text;
using LinearScaling.Files;

namespace LinearScaling.Tests.Files;

public class GzipReaderTests
{
    /// <summary>Two members, as tools that compress in parallel write them, cut at every byte.</summary>
    [Fact]
    public void A_file_cut_off_anywhere_is_never_taken_for_whole()
    {
        var (first, second) = (Pack("one\ntwo\n"), Pack(new string('x', 5000)));
        byte[] whole = [.. first, .. second];
        Assert.Equal("one\ntwo\n" + new string('x', 5000), Read(whole));
        for (var length = 0; length < whole.Length; length++)
            if (length == 0 || length == first.Length)
                Assert.Equal(length == 0 ? "" : "one\ntwo\n", Read(whole[..length])); // complete members
            else
                Assert.Throws<EndOfStreamException>(() => Read(whole[..length]));
    }

    [Fact]
    public void What_follows_the_last_member_is_not_passed_over() =>
        Assert.Throws<EndOfStreamException>(() => Read([.. Pack("one\n"), .. "rest"u8]));

    [Fact]
    public void A_flipped_bit_anywhere_in_the_data_is_found()
    {
        var whole = Pack("text that is compressed, text that is compressed");
        for (var i = 10; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 4;
            var error = Assert.ThrowsAny<Exception>(() => Read(damaged));
            Assert.True(CompressedFile.IsDamage(error), error.ToString());
        }
    }

    internal static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }

    private static string Read(byte[] bytes)
    {
        using var reader = new StreamReader(new GzipReader(new MemoryStream(bytes)));
        return reader.ReadToEnd();
    }
}
