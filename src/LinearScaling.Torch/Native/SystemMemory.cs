using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>System memory and a lock through functions of the C library, looked up once: calling them neither allocates
/// nor throws.</summary>
internal sealed unsafe class SystemMemory
{
    private const int ReadWrite = 3;
    private const int ReadExecute = 5;
    private const int ReadWriteExecute = 7;
    private const int PrivateAnonymous = 0x22;
    private const int HugePages = 14;
    private const int LockBytes = 64; // a pthread_mutex_t has 40; all zero, it is a plain one

    private readonly delegate* unmanaged<nint, nuint, int, int, int, long, nint> map;
    private readonly delegate* unmanaged<nint, nuint, int> unmap;
    private readonly delegate* unmanaged<nint, nuint, int, int> protect;
    private readonly delegate* unmanaged<nint, nuint, int, int> advise;
    private readonly delegate* unmanaged<void*, int> lockMutex;
    private readonly delegate* unmanaged<void*, int> unlockMutex;

    private SystemMemory(nint libc)
    {
        map = (delegate* unmanaged<nint, nuint, int, int, int, long, nint>)NativeLibrary.GetExport(libc, "mmap");
        unmap = (delegate* unmanaged<nint, nuint, int>)NativeLibrary.GetExport(libc, "munmap");
        protect = (delegate* unmanaged<nint, nuint, int, int>)NativeLibrary.GetExport(libc, "mprotect");
        advise = (delegate* unmanaged<nint, nuint, int, int>)NativeLibrary.GetExport(libc, "madvise");
        lockMutex = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(libc, "pthread_mutex_lock");
        unlockMutex = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(libc, "pthread_mutex_unlock");
    }

    /// <summary>glibc on Linux for x86-64, or null elsewhere.</summary>
    public static SystemMemory? Find() =>
        OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && NativeLibrary.TryLoad("libc.so.6", out var libc)
            ? new(libc)
            : null;

    /// <summary>New zeroed memory; 0 when there is none.</summary>
    public nint Map(long bytes) =>
        map(0, (nuint)bytes, ReadWrite, PrivateAnonymous, -1, 0) is var block and not -1 ? block : 0;

    public void Unmap(nint block, long bytes) => _ = unmap(block, (nuint)bytes);

    public void AskForHugePages(nint block, long bytes) => _ = advise(block, (nuint)bytes, HugePages);

    /// <returns>False where the system forbids it.</returns>
    public bool MakeExecutable(nint address, long bytes) => protect(address, (nuint)bytes, ReadExecute) == 0;

    /// <inheritdoc cref="MakeExecutable"/>
    public bool MakeWritableCode(nint address, long bytes) => protect(address, (nuint)bytes, ReadWriteExecute) == 0;

    public static void* NewLock() => NativeMemory.AllocZeroed(LockBytes);

    public void Lock(void* gate) => _ = lockMutex(gate);

    public void Unlock(void* gate) => _ = unlockMutex(gate);
}
