using LinearScaling.Files;

namespace LinearScaling.Tests.Files;

public sealed class ChecksumTests
{
    /// <summary>The value of the empty input is published with the algorithm (XXH3_128bits, seed 0).</summary>
    [Fact]
    public void It_is_xxh128_in_canonical_order()
    {
        Assert.Equal("99aa06d3014798d86001c324468d497f", Checksum.Compute(""));
        Assert.Equal("99aa06d3014798d86001c324468d497f", Checksum.Compute([]));
    }

    [Fact]
    public void A_file_a_text_and_appended_parts_agree()
    {
        var text = string.Concat(Enumerable.Repeat("naïve ", 100_000));
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            var parts = new System.IO.Hashing.XxHash128();
            foreach (var part in File.ReadAllBytes(file).Chunk(999))
                parts.Append(part);
            Assert.Equal(Checksum.Compute(text), Checksum.ComputeFile(file));
            Assert.Equal(Checksum.Compute(text), parts.ToHex());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
