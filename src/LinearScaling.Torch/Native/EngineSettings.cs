using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>Settings that libtorch and oneDNN read from the environment when they are loaded; what the user has set
/// stays.</summary>
internal static partial class EngineSettings
{
    private const string HugePagesVariable = "THP_MEM_ALLOC_ENABLE";

    /// <summary>Whether blocks of 2 MiB and more ask the kernel for pages of that size.</summary>
    public static bool HugePages => Environment.GetEnvironmentVariable(HugePagesVariable) is not "0";

    public static IReadOnlyList<NativePatch> Set() =>
        [
            // A large tensor is fresh memory each time, and with pages of 4 KiB first touching it cost as much as
            // computing it: TNL's operator took 78 us a token forward and backward over 16,384 tokens, and 45 so.
            Set("huge_pages", HugePagesVariable, "1"),
            // oneDNN makes a kernel for every shape it has not met, half a millisecond each, and keeps 1,024:
            // evaluation meets more, in the same order for every checkpoint, so that none would be there when its
            // shape comes again.
            Set("kernel_cache", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384"),
        ];

    /// <remarks>The libraries read the C library's environment, which .NET's is a copy of.</remarks>
    private static NativePatch Set(string name, string variable, string value)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given)
            return new(name, PatchState.Off, $"the environment has {variable}={given}");
        if (!OperatingSystem.IsLinux())
            return new(name, PatchState.NotPossible, "needs Linux");
        _ = SetEnvironment(variable, value, overwrite: 1);
        return new(name, PatchState.On, $"{variable}={value}");
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
