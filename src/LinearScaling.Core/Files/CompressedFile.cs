using ZstdSharp;
using ZstdSharp.Unsafe;

namespace LinearScaling.Files;

/// <summary>Reads files through the compression that their name ends with: .gz, .zst, or none.</summary>
internal static class CompressedFile
{
    /// <summary>A zstd frame states how far back it refers; beyond 1 GB it is refused.</summary>
    private const int LargestWindowLog = 30;

    private static readonly string[] Endings = [".gz", ".zst"];

    public static Stream OpenRead(string path)
    {
        var file = File.OpenRead(path);
        if (Ends(path, ".gz"))
            return new GzipReader(file);
        if (!Ends(path, ".zst"))
            return file;
        var zstd = new DecompressionStream(file, leaveOpen: false);
        zstd.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
        return zstd;
    }

    /// <summary>The path without the ending of its compression.</summary>
    public static string NameInside(string path) =>
        Array.Find(Endings, e => Ends(path, e)) is { } ending ? path[..^ending.Length] : path;

    /// <summary>Whether an exception of reading says that the compressed data is damaged.</summary>
    public static bool IsDamage(Exception e) => e is InvalidDataException or EndOfStreamException or ZstdException;

    /// <param name="place">The file, and how far it was read.</param>
    public static LinearScalingException Damaged(string path, string place, Exception e) =>
        e switch
        {
            EndOfStreamException => new(
                $"{place}: the file is cut off: it ends before its compressed data does; fetch it again",
                e
            ),
            ZstdException when e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase) => new(
                $"{place}: compressed with a zstd window of more than 1 GB; compress it again: "
                    + $"zstd -dc --long=31 {path} | zstd -o NEW.zst",
                e
            ),
            _ => new($"{place}: cannot be decompressed, the file is damaged: {e.Message}", e),
        };

    private static bool Ends(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
