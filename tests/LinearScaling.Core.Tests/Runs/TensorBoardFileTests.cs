using LinearScaling.Runs;

namespace LinearScaling.Tests.Runs;

public sealed class TensorBoardFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-tensorboard-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1);
        using (var file = new TensorBoardFile(root, now))
            file.Add(300, now, ("loss", 2.5));
        var bytes = File.ReadAllBytes(Assert.Single(Directory.GetFiles(root)));

        // The first record is known from TensorFlow itself: 24 bytes, whose length frame has CRC a37f4b22 (masked).
        Assert.Equal([24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22], bytes[..12]);
        Assert.Equal("brain.Event:2"u8.ToArray(), bytes[23..36]);

        var second = bytes.AsSpan(12 + 24 + 4);
        Assert.Equal(27, second[0]);
        Assert.Equal(
            (byte[])
                [
                    0x10,
                    0xac,
                    0x02,
                    0x2a,
                    13,
                    0x0a,
                    11,
                    0x0a,
                    4,
                    (byte)'l',
                    (byte)'o',
                    (byte)'s',
                    (byte)'s',
                    0x15,
                    0,
                    0,
                    0x20,
                    0x40,
                ],
            second[(12 + 9)..(12 + 27)].ToArray()
        );
    }

    [Fact]
    public void A_process_that_goes_on_says_from_which_step()
    {
        using (var file = new TensorBoardFile(root, DateTimeOffset.UnixEpoch))
            file.Begin(300, DateTimeOffset.UnixEpoch);
        var second = File.ReadAllBytes(Assert.Single(Directory.GetFiles(root))).AsSpan(12 + 24 + 4);
        Assert.Equal((byte[])[0x10, 0xac, 0x02, 0x3a, 2, 0x08, 1], second[(12 + 9)..(12 + 16)].ToArray());
    }
}
