using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public sealed class LibTorchSymbolsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-symbols-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_libtorch_in_use_lacks_nothing()
    {
        NeedLinux();
        var symbols = LibTorchSymbols.Compare(InUse());
        Assert.Empty(symbols.Lacking);
        Assert.InRange(symbols.Asked, 1000, 2000);
    }

    [Fact]
    public void What_another_library_lacks_is_named_as_in_its_source()
    {
        NeedLinux();
        foreach (var file in Directory.EnumerateFiles(InUse(), "lib*.so*"))
            if (Path.GetFileName(file) != "libc10.so") // its functions are missing, all others are there
                File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        var symbols = LibTorchSymbols.Compare(folder);
        Assert.Contains(symbols.Lacking, name => name.StartsWith("c10::", StringComparison.Ordinal));
        Assert.DoesNotContain(symbols.Lacking, name => name.StartsWith("std::", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no library")]
    [InlineData("\u007fELF\u0002\u0001 and then something else that is long enough to be a header, and wrong")]
    public void A_file_that_is_no_library_is_refused(string content)
    {
        NeedLinux();
        File.WriteAllText(Path.Combine(folder, "libtorch_cpu.so"), content);
        var error = Assert.Throws<LinearScalingException>(() => LibTorchSymbols.Compare(folder));
        Assert.Contains("libtorch_cpu.so: no library", error.Message, StringComparison.Ordinal);
    }

    private static string InUse() => Path.GetDirectoryName(LibTorch.Load().Path)!;

    private static void NeedLinux() => Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
}
