using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Collectives;

/// <summary>The functions of NCCL that lcs calls, from <c>libnccl.so.2</c>, or from libtorch_cuda, into which libtorch
/// links it (https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/api.html).</summary>
internal sealed unsafe class NcclLibrary
{
    public const int Sum = 0; // ncclSum
    private static readonly string[] Names = ["libnccl.so.2", "libtorch_cuda.so"];

    private readonly delegate* unmanaged<NcclId*, int> getUniqueId;
    private readonly delegate* unmanaged<nint*, int, NcclId, int, int> commInitRank;
    private readonly delegate* unmanaged<nint, int, int, nint*, nint, int> commSplit;
    private readonly delegate* unmanaged<nint, int> commDestroy;
    private readonly delegate* unmanaged<nint, int> commAbort;
    private readonly delegate* unmanaged<nint, int*, int> commGetAsyncError;
    private readonly delegate* unmanaged<int, nint> getErrorString;
    private readonly delegate* unmanaged<int> groupStart;
    private readonly delegate* unmanaged<int> groupEnd;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> reduceScatter;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, int, nint, nint, int> reduce;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> allGather;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> broadcast;

    /// <exception cref="EntryPointNotFoundException">The library is none.</exception>
    public NcclLibrary(nint library)
    {
        getUniqueId = (delegate* unmanaged<NcclId*, int>)Export("ncclGetUniqueId");
        commInitRank = (delegate* unmanaged<nint*, int, NcclId, int, int>)Export("ncclCommInitRank");
        commSplit = (delegate* unmanaged<nint, int, int, nint*, nint, int>)Export("ncclCommSplit");
        commDestroy = (delegate* unmanaged<nint, int>)Export("ncclCommDestroy");
        commAbort = (delegate* unmanaged<nint, int>)Export("ncclCommAbort");
        commGetAsyncError = (delegate* unmanaged<nint, int*, int>)Export("ncclCommGetAsyncError");
        getErrorString = (delegate* unmanaged<int, nint>)Export("ncclGetErrorString");
        groupStart = (delegate* unmanaged<int>)Export("ncclGroupStart");
        groupEnd = (delegate* unmanaged<int>)Export("ncclGroupEnd");
        reduceScatter = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Export("ncclReduceScatter");
        reduce = (delegate* unmanaged<nint, nint, nuint, int, int, int, nint, nint, int>)Export("ncclReduce");
        allGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Export("ncclAllGather");
        broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Export("ncclBroadcast");
        var version = 0;
        _ = ((delegate* unmanaged<int*, int>)Export("ncclGetVersion"))(&version);
        Version = $"NCCL {version / 10000}.{version / 100 % 100}.{version % 100}";

        nint Export(string symbol) => NativeLibrary.GetExport(library, symbol);
    }

    /// <summary>As <c>NCCL 2.28.3</c>.</summary>
    public string Version { get; }

    /// <summary>The library of this machine, or null.</summary>
    public static NcclLibrary? Find()
    {
        foreach (var name in Names)
            if (
                NativeLibrary.TryLoad(name, out var library)
                && NativeLibrary.TryGetExport(library, "ncclGetVersion", out _)
            )
                return new(library);
        return null;
    }

    public byte[] NewId()
    {
        NcclId id;
        Check(getUniqueId(&id));
        return new Span<byte>(&id, NcclId.Bytes).ToArray();
    }

    public nint Begin(int ranks, byte[] id, int rank)
    {
        NcclId copy;
        id.AsSpan(0, NcclId.Bytes).CopyTo(new Span<byte>(&copy, NcclId.Bytes));
        nint communicator;
        Check(commInitRank(&communicator, ranks, copy, rank));
        return communicator;
    }

    public nint Split(nint communicator, int color, int key)
    {
        nint part;
        Check(commSplit(communicator, color, key, &part, 0));
        return part;
    }

    public void End(nint communicator) => _ = commDestroy(communicator);

    public void Abort(nint communicator) => _ = commAbort(communicator);

    /// <summary>What went wrong in a call that returned before it was done; null: nothing so far.</summary>
    public string? AsyncError(nint communicator)
    {
        const int inProgress = 7;
        int error;
        return commGetAsyncError(communicator, &error) == 0 && error is 0 or inProgress ? null : Words(error);
    }

    public void ReduceScatter(nint from, nint to, long count, int type, nint communicator, nint stream) =>
        Check(reduceScatter(from, to, (nuint)count, type, Sum, communicator, stream));

    public void Reduce(nint from, nint to, long count, int type, int root, nint communicator, nint stream) =>
        Check(reduce(from, to, (nuint)count, type, Sum, root, communicator, stream));

    public void AllGather(nint from, nint to, long count, int type, nint communicator, nint stream) =>
        Check(allGather(from, to, (nuint)count, type, communicator, stream));

    public void Broadcast(nint from, nint to, long count, int type, int root, nint communicator, nint stream) =>
        Check(broadcast(from, to, (nuint)count, type, root, communicator, stream));

    /// <summary>Several calls as one.</summary>
    public void Together(Action calls)
    {
        Check(groupStart());
        calls();
        Check(groupEnd());
    }

    /// <summary>ncclDataType_t of an element type.</summary>
    public static int TypeOf(ScalarType type) =>
        type switch
        {
            ScalarType.Byte => 1,
            ScalarType.Int32 => 2,
            ScalarType.Int64 => 4,
            ScalarType.Float16 => 6,
            ScalarType.Float32 => 7,
            ScalarType.Float64 => 8,
            ScalarType.BFloat16 => 9,
            _ => throw new ArgumentException($"NCCL has no type for {type}"),
        };

    private void Check(int code)
    {
        if (code != 0)
            throw new IOException(Words(code));
    }

    private string Words(int code) => $"{Marshal.PtrToStringUTF8(getErrorString(code))} (NCCL error {code})";
}

/// <summary>ncclUniqueId, which C passes by value.</summary>
[InlineArray(Bytes)]
internal struct NcclId
{
    public const int Bytes = 128;

    private byte first;
}
