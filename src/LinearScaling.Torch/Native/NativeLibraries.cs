using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using LinearScaling.Files;

namespace LinearScaling.Torch.Native;

/// <summary>Loads libtorch and TorchSharp's library by path, so that what fails is named; TorchSharp then finds both in
/// the process.</summary>
/// <remarks>On its own, TorchSharp answers every failure with advice about packages, after copying 480 MB of libraries
/// beside the program.</remarks>
internal static class NativeLibraries
{
    private const string Binding = "libLibTorchSharp.so";
    private const string SymbolVersion = "symbol_version";

    /// <summary>In the order they need each other; a libtorch for the CPU has no CUDA ones.</summary>
    private static readonly string[] Libraries =
    [
        "libc10.so",
        "libtorch_cpu.so",
        "libc10_cuda.so",
        "libtorch_cuda.so",
        "libtorch.so",
    ];

    /// <param name="folder">The folder with libtorch, or null for the one beside the program.</param>
    /// <returns>TorchSharp's library, loaded and not used yet (0 where the system is left to find it), and why it
    /// loads on this machine.</returns>
    public static (nint Binding, NativePatch SymbolVersion) Load(string? folder)
    {
        if (!OperatingSystem.IsLinux())
            return (0, new(SymbolVersion, PatchState.Off, "not needed on this system"));
        foreach (var path in Files(folder))
            Open(path);

        var binding = BindingFile();
        if (LibTorchSharpPatch.HostHasVersion())
            return (
                Open(binding),
                new(SymbolVersion, PatchState.Off, "not needed: this machine's libstdc++ is new enough")
            );
        var image = File.ReadAllBytes(binding);
        if (!Patched(binding, image))
            return (Open(binding), new(SymbolVersion, PatchState.On, "patched by the build"));
        var copy = InCache(image);
        var handle = Open(copy);
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => name == "LibTorchSharp" ? handle : 0;
        return (handle, new(SymbolVersion, PatchState.On, $"patched copy at {copy}"));
    }

    /// <summary>The libraries of a libtorch in the order they need each other: of the folder given, which is checked,
    /// or of the one beside the program.</summary>
    public static IEnumerable<string> Files(string? folder)
    {
        folder = string.IsNullOrEmpty(folder) ? Beside("libtorch_cpu.so") : Given(folder);
        return Libraries.Select(l => Path.Combine(folder, l)).Where(File.Exists);
    }

    /// <summary>TorchSharp's library.</summary>
    public static string BindingFile() => Path.Combine(Beside(Binding), Binding);

    /// <summary>The file a library of this process came from.</summary>
    public static string? InUse(string library) =>
        !File.Exists("/proc/self/maps")
            ? null
            : File.ReadLines("/proc/self/maps")
                .Select(line => line[(line.LastIndexOf(' ') + 1)..])
                .FirstOrDefault(path => Path.GetFileName(path) == library);

    private static string Given(string folder) =>
        File.Exists(Path.Combine(folder, "libtorch_cpu.so"))
            ? Path.GetFullPath(folder)
            : throw NativeMistakes.NotALibFolder(folder);

    private static string Beside(string library)
    {
        string[] folders =
        [
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        ];
        return Array.Find(folders, f => File.Exists(Path.Combine(f, library)))
            ?? throw NativeMistakes.Missing(Path.Combine(AppContext.BaseDirectory, library));
    }

    private static nint Open(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new LinearScalingException($"{path}: does not load: {e.Message.Split('\n')[^1].Trim()}", e);
        }
    }

    private static bool Patched(string path, byte[] image)
    {
        try
        {
            return LibTorchSharpPatch.Apply(image);
        }
        catch (InvalidDataException e)
        {
            throw NativeMistakes.NotPatchable(path, e);
        }
    }

    /// <summary>The program's folder may be read-only, so the patched copy goes to the user's cache, named by its
    /// content.</summary>
    [SupportedOSPlatform("linux")]
    private static string InCache(byte[] image)
    {
        var folder = Path.Combine(CacheDirectory.Root, "native");
        var path = Path.Combine(
            folder,
            $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(image))[..16]}.so"
        );
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(image))
            return path;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        DurableFile.WriteAllBytes(path, image);
        return path;
    }
}
