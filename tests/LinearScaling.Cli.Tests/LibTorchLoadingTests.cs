using System.Text.Json;

namespace LinearScaling.Tests.Cli;

public sealed class LibTorchLoadingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-libtorch-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Doctor_says_which_libtorch_was_loaded()
    {
        var (exitCode, output, error) = LcsProcess.Run("doctor", "--json");
        Assert.True(exitCode == 0, error);
        var found = JsonDocument.Parse(output).RootElement;
        Assert.StartsWith(
            AppContext.BaseDirectory,
            found.GetProperty("libtorch").GetString(),
            StringComparison.Ordinal
        );
        Assert.StartsWith("2.10.", found.GetProperty("libtorch_version").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_of_another_folder_is_used_when_named()
    {
        foreach (
            var library in Directory
                .EnumerateFiles(Native, "*.so*")
                .Where(l => !l.Contains("LibTorchSharp", StringComparison.Ordinal))
        )
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(library)), library);
        // A real copy of the small one shows by its path; a link would show as what it points to.
        File.Delete(Path.Combine(folder, "libc10.so"));
        File.Copy(Path.Combine(Native, "libc10.so"), Path.Combine(folder, "libc10.so"));

        using var lcs = LcsProcess.StartBelow($"export LCS_LIBTORCH={folder}; exec \"$@\"", "doctor");
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        Assert.Contains("libtorch version  2.10.", lcs.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_libtorch_is_refused_with_what_to_do()
    {
        using var lcs = LcsProcess.StartBelow($"export LCS_LIBTORCH={folder}; exec \"$@\"", "doctor");
        Assert.Equal(2, lcs.WaitForExit());
        Assert.StartsWith(
            $"LCS_LIBTORCH={folder}: holds no libtorch_cpu.so; name the lib folder of a PyTorch installation: ",
            lcs.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_libtorch_that_does_not_load_is_named()
    {
        var broken = Path.Combine(folder, "libtorch_cpu.so");
        File.WriteAllText(broken, "no library");
        using var lcs = LcsProcess.StartBelow($"export LCS_LIBTORCH={folder}; exec \"$@\"", "doctor");
        Assert.Equal(2, lcs.WaitForExit());
        Assert.StartsWith($"{broken}: does not load: ", lcs.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
    }

    private static string Native => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
}
