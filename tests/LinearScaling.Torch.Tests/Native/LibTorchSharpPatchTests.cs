using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public class LibTorchSharpPatchTests
{
    [Fact]
    public void A_built_copy_loads_and_computes() => Assert.Equal(3f, (ones(1) + 2).item<float>());

    [Fact]
    public void The_packages_library_is_mended_once_and_only_in_one_bit()
    {
        var package = PackageLibrary();
        var patched = (byte[])package.Clone();
        Assert.True(LibTorchSharpPatch.Apply(patched));
        var changed = Enumerable.Range(0, package.Length).Where(i => package[i] != patched[i]).ToList();
        Assert.Equal([(byte)2], changed.Select(i => (byte)(package[i] ^ patched[i])));
        Assert.False(LibTorchSharpPatch.Apply(patched));
    }

    [Fact]
    public void A_library_where_the_version_matters_is_refused()
    {
        var image = PackageLibrary();
        // Rename the one symbol that carries the version: now something unknown depends on it.
        var at = image.AsSpan().IndexOf("_ZSt21ios_base_library_initv"u8);
        image[at + 4] = (byte)'X';
        var error = Assert.Throws<InvalidDataException>(() => LibTorchSharpPatch.Apply(image));
        Assert.Contains("cannot be left out", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000_000)]
    public void A_truncated_or_foreign_file_is_refused(int length) =>
        Assert.Throws<InvalidDataException>(() => LibTorchSharpPatch.Apply(PackageLibrary()[..length]));

    private static byte[] PackageLibrary()
    {
        var packages =
            Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var path = Path.Combine(
            packages,
            "torchsharp",
            "0.107.0",
            "runtimes",
            "linux-x64",
            "native",
            "libLibTorchSharp.so"
        );
        Assert.SkipUnless(File.Exists(path), $"{path} is absent");
        return File.ReadAllBytes(path);
    }
}
