using System.Globalization;

namespace LinearScaling.Cli.CommandLine;

/// <summary>Standard output and error, which a caller may have closed. Then the first file that is opened takes their
/// number, and what was meant for the terminal must not be written into it.</summary>
internal static class StandardStreams
{
    public static TextWriter Output => IsOpen(1) ? Console.Out : TextWriter.Null;

    public static TextWriter Error => IsOpen(2) ? Console.Error : TextWriter.Null;

    /// <summary>Whether the descriptor is something that a caller gives to write to.</summary>
    private static bool IsOpen(int descriptor)
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fd"))
            return true;
        try
        {
            var target = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
            return target is not null
                && !target.StartsWith("anon_inode:", StringComparison.Ordinal)
                && (Flags(descriptor) & 3) != 0; // not open for reading alone
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static int Flags(int descriptor)
    {
        const string key = "flags:";
        var line = File.ReadLines($"/proc/self/fdinfo/{descriptor}")
            .First(l => l.StartsWith(key, StringComparison.Ordinal));
        return int.Parse(line.AsSpan(key.Length).Trim()[^1..], CultureInfo.InvariantCulture);
    }
}
