using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>Settings that libtorch and oneDNN read from the environment when they are loaded; the user's own values
/// win.</summary>
internal static partial class EngineSettings
{
    private const string HugePagesVariable = "THP_MEM_ALLOC_ENABLE";

    /// <summary>Whether blocks of 2 MiB and more ask the kernel for pages of that size.</summary>
    public static bool HugePages => Environment.GetEnvironmentVariable(HugePagesVariable) is not "0";

    public static IReadOnlyList<NativePatch> Set() =>
        [
            // A large tensor is fresh memory each time, and with 4 KiB pages its first touch costs as much as computing
            // it: TNL's operator took 78 us per token, forward and backward over 16,384 tokens, and takes 45 with huge
            // pages.
            Set("huge_pages", HugePagesVariable, "1"),
            // oneDNN compiles a kernel per shape, half a millisecond each, and keeps 1,024. Evaluation has more shapes,
            // in the same order for every checkpoint, so each would be evicted before its next use.
            Set("kernel_cache", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16384"),
        ];

    /// <summary>Gives a variable of a native library's a value, unless the user did.</summary>
    public static void Default(string variable, string value) => Set("", variable, value);

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
