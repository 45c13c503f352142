using System.Runtime.InteropServices;
using System.Text;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>The functions of the CUDA driver that load and launch kernels.</summary>
internal sealed unsafe class ModuleFunctions
{
    private const int MaxDynamicSharedBytes = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES

    private readonly delegate* unmanaged<nint*, byte*, uint, int*, void**, int> loadModule;
    private readonly delegate* unmanaged<nint*, nint, byte*, int> getFunction;
    private readonly delegate* unmanaged<nint, int, int, int> setAttribute;
    private readonly delegate* unmanaged<
        nint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        uint,
        nint,
        void**,
        void**,
        int> launch;
    private readonly delegate* unmanaged<int, nint*, int> currentStream; // null: libtorch does not tell

    private ModuleFunctions(nint library)
    {
        loadModule = (delegate* unmanaged<nint*, byte*, uint, int*, void**, int>)Export("cuModuleLoadDataEx");
        getFunction = (delegate* unmanaged<nint*, nint, byte*, int>)Export("cuModuleGetFunction");
        setAttribute = (delegate* unmanaged<nint, int, int, int>)Export("cuFuncSetAttribute");
        launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Export(
            "cuLaunchKernel"
        );
        if (
            NativeLibrary.TryLoad("libtorch_cuda.so", out var torch)
            && NativeLibrary.TryGetExport(torch, "aoti_torch_get_current_cuda_stream", out var stream)
        )
            currentStream = (delegate* unmanaged<int, nint*, int>)stream;
        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Null where there is no driver, or one that lacks a function.</summary>
    public static ModuleFunctions? Load()
    {
        try
        {
            return CudaLibrary.TryLoad(out var library) ? new(library) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Compiles for the device of this thread's context; 0 where the driver cannot.</summary>
    /// <param name="source">PTX that ends with 0.</param>
    public nint LoadModule(byte[] source)
    {
        nint module;
        fixed (byte* text = source)
            return loadModule(&module, text, 0, null, null) == 0 ? module : 0;
    }

    /// <summary>A kernel that may have that much shared memory; 0 where there is none, or not so much.</summary>
    public nint Function(nint module, string name, int sharedBytes)
    {
        nint function;
        fixed (byte* text = Encoding.ASCII.GetBytes(name + '\0'))
            return
                getFunction(&function, module, text) == 0
                && setAttribute(function, MaxDynamicSharedBytes, sharedBytes) == 0
                ? function
                : 0;
    }

    /// <summary>The stream that libtorch computes on; where it does not tell, the default one, which it uses unless it
    /// is told otherwise.</summary>
    public nint CurrentStream(int device)
    {
        nint stream;
        return currentStream != null && currentStream(device, &stream) == 0 ? stream : 0;
    }

    /// <returns>0, or the driver's error.</returns>
    public int Launch(nint function, int x, int y, int threads, int sharedBytes, nint stream, void* arguments)
    {
        var all = stackalloc void*[] { arguments };
        return launch(function, (uint)x, (uint)y, 1, (uint)threads, 1, 1, (uint)sharedBytes, stream, all, null);
    }
}
