using System.IO.Hashing;
using System.Text;

namespace LinearScaling.Files;

/// <summary>XxHash128 as 32 lower-case hexadecimal digits: how lcs identifies bytes. It finds damage, not
/// malice.</summary>
public static class Checksum
{
    public static string Compute(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(XxHash128.Hash(bytes));

    /// <summary>The checksum of a text's UTF-8 bytes.</summary>
    public static string Compute(string text) => Compute(Encoding.UTF8.GetBytes(text));

    /// <summary>The checksum of a file's bytes.</summary>
    public static string ComputeFile(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        var hash = new XxHash128();
        hash.Append(file);
        return hash.ToHex();
    }

    /// <summary>The checksum of what was appended so far.</summary>
    public static string ToHex(this XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}
