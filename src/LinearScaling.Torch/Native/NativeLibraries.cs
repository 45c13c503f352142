using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using LinearScaling.Files;

namespace LinearScaling.Torch.Native;

/// <summary>Loads libtorch and TorchSharp's library by path, so that what fails is named; TorchSharp then finds both in
/// the process.</summary>
/// <remarks>Left to itself TorchSharp answers every failure with advice about packages, after copying 480 MB of
/// libraries beside the program.</remarks>
internal static partial class NativeLibraries
{
    private const string Binding = "libLibTorchSharp.so";

    /// <summary>In the order they need each other; a libtorch for the CPU has no CUDA ones.</summary>
    private static readonly string[] libraries =
    [
        "libc10.so",
        "libtorch_cpu.so",
        "libc10_cuda.so",
        "libtorch_cuda.so",
        "libtorch.so",
    ];

    /// <param name="folder">The folder with libtorch, or null for the one beside the program.</param>
    /// <returns>Why TorchSharp's library loads on this machine.</returns>
    [SupportedOSPlatform("linux")]
    public static string Load(string? folder)
    {
        AskForLargePages();
        KeepKernels();
        folder = string.IsNullOrEmpty(folder) ? Beside("libtorch_cpu.so") : Given(folder);
        foreach (var path in libraries.Select(l => Path.Combine(folder, l)).Where(File.Exists))
            Open(path);

        var binding = Path.Combine(Beside(Binding), Binding);
        if (LibTorchSharpPatch.HostHasVersion())
        {
            ScalarQuarantine.Begin(Open(binding));
            return "not needed: this machine's libstdc++ is new enough";
        }
        var image = File.ReadAllBytes(binding);
        if (!Patched(binding, image))
        {
            ScalarQuarantine.Begin(Open(binding));
            return "patched by the build";
        }
        var copy = InCache(image);
        var handle = Open(copy);
        ScalarQuarantine.Begin(handle);
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => name == "LibTorchSharp" ? handle : 0;
        return $"patched copy at {copy}";
    }

    /// <summary>The file a library of this process came from.</summary>
    public static string? InUse(string library) =>
        !File.Exists("/proc/self/maps")
            ? null
            : File.ReadLines("/proc/self/maps")
                .Select(line => line[(line.LastIndexOf(' ') + 1)..])
                .FirstOrDefault(path => Path.GetFileName(path) == library);

    /// <summary>
    /// Has libtorch's allocator for the CPU ask the kernel for 2 MiB pages for blocks of that size and more, unless the
    /// user has said otherwise. A large tensor is fresh memory each time, and with pages of 4 KiB first touching it
    /// cost as much as computing it: TNL's operator took 78 us a token forward and backward over 16,384 tokens, and 45
    /// so.
    /// </summary>
    /// <remarks>libtorch reads the C library's environment, which .NET's is a copy of.</remarks>
    private static void AskForLargePages() => _ = SetEnvironment("THP_MEM_ALLOC_ENABLE", "1", overwrite: 0);

    /// <summary>
    /// Has oneDNN keep the kernels of 16,384 shapes, unless the user has said otherwise. It makes one for every shape
    /// it has not met, half a millisecond each, and keeps 1,024: evaluation meets more, in the same order for every
    /// checkpoint, so that none would be there when its shape comes again.
    /// </summary>
    private static void KeepKernels() => _ = SetEnvironment("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384", overwrite: 0);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    private static string Given(string folder) =>
        File.Exists(Path.Combine(folder, "libtorch_cpu.so"))
            ? Path.GetFullPath(folder)
            : throw new LinearScalingException(
                $"{LibTorch.FolderVariable}={folder}: holds no libtorch_cpu.so; name the lib folder of a PyTorch "
                    + $"installation: python -c \"import torch, os; "
                    + $"print(os.path.join(os.path.dirname(torch.__file__), 'lib'))\""
            );

    private static string Beside(string library)
    {
        string[] folders =
        [
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"),
        ];
        return Array.Find(folders, f => File.Exists(Path.Combine(f, library)))
            ?? throw new LinearScalingException(
                $"{Path.Combine(AppContext.BaseDirectory, library)}: missing; build without -p:Backend=external, or "
                    + $"set {LibTorch.FolderVariable} to the lib folder of a PyTorch installation"
            );
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
            throw new LinearScalingException(
                $"{path}: cannot be used on a system whose libstdc++ lacks {LibTorchSharpPatch.Version}: "
                    + $"{e.Message}; a newer distribution (Debian 13, Ubuntu 24.04) needs no patch",
                e
            );
        }
    }

    /// <summary>A program built elsewhere may stand where it cannot be written, so the patched copy goes to the user's
    /// cache, named by its content.</summary>
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
