using System.Diagnostics;
using System.Runtime.InteropServices;
using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The GPU's kernels on the CPU: their sources, compiled with <c>harness.cpp</c>.</summary>
internal sealed unsafe class HostKernels : IKernelLauncher
{
    private static readonly Lazy<nint> Library = new(Compile);
    private static uint seed;

    public static HostKernels Required()
    {
        Assert.SkipWhen(Library.Value == 0, "needs clang++-19");
        return new();
    }

    public bool Has(Kernel kernel) => NativeLibrary.TryGetExport(Library.Value, kernel.Name, out _);

    /// <summary>What the source says of a kernel.</summary>
    public static (int Threads, int SharedBytes) Described(Kernel kernel) =>
        (
            *(int*)NativeLibrary.GetExport(Library.Value, $"{kernel.Name}_threads"),
            *(int*)NativeLibrary.GetExport(Library.Value, $"{kernel.Name}_bytes")
        );

    /// <remarks>Every launch draws another order of threads.</remarks>
    public void Launch(Kernel kernel, int x, int y, void* arguments)
    {
        var run = (delegate* unmanaged<nint, void*, int, int, int, int, uint, nint>)
            NativeLibrary.GetExport(Library.Value, "launch");
        var function = NativeLibrary.GetExport(Library.Value, kernel.Name);
        var failure = run(function, arguments, x, y, kernel.Threads, kernel.SharedBytes, ++seed);
        if (failure != 0)
            throw new InvalidOperationException($"{kernel.Name}: {Marshal.PtrToStringUTF8(failure)}");
    }

    private static nint Compile()
    {
        var sources = Path.Combine(AppContext.BaseDirectory, "Kernels", "Cuda");
        var library = Path.Combine(Directory.CreateTempSubdirectory("lcs-kernels-").FullName, "libkernels.so");
        string[] arguments =
        [
            "-std=c++20",
            "-O2",
            "-fno-strict-aliasing",
            "-shared",
            "-fPIC",
            "-o",
            library,
            "-x",
            "c++",
            .. Directory.EnumerateFiles(sources, "*.cu").Order(StringComparer.Ordinal),
            Path.Combine(sources, "harness.cpp"),
        ];
        try
        {
            using var compiler = Process.Start("clang++-19", arguments);
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            return NativeLibrary.Load(library);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }
}
