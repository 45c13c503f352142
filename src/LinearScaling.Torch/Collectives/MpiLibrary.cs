using System.Runtime.InteropServices;
using System.Text;

namespace LinearScaling.Torch.Collectives;

/// <summary>The functions and constants of an MPI library: of MPICH's ABI, which Intel MPI, MVAPICH and Cray MPI share,
/// or of Open MPI's.</summary>
/// <remarks>
/// MPICH's handles are 32-bit numbers, Open MPI's are addresses of exported objects. Both travel as nint: a callee that
/// takes 32 bits reads the lower half of the register, and one that writes 32 bits writes the lower half of a zero.
/// </remarks>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>Gives the library's path, in place of the names that are tried.</summary>
    public const string PathVariable = "LCS_MPI";

    private const int ThreadFunneled = 1;
    private const int Found = 0x102; // RTLD_NOW | RTLD_GLOBAL
    private const int MaxText = 8192; // MPI_MAX_LIBRARY_VERSION_STRING of both

    private static readonly string[] MpichNames = ["libmpich.so.12", "libmpi.so.12"];
    private static readonly string[] OpenMpiNames = ["libmpi.so.40"];

    public required nint World { get; init; }

    public required nint Byte { get; init; }

    public required delegate* unmanaged<nint, long, nint, int, int, nint, nint*, int> Send { get; init; }

    public required delegate* unmanaged<nint, long, nint, int, int, nint, nint*, int> Receive { get; init; }

    public required delegate* unmanaged<nint*, int*, nint, int> Test { get; init; }

    public required delegate* unmanaged<nint, int, int> Abort { get; init; }

    public required delegate* unmanaged<int> Finish { get; init; }

    /// <summary>MPI_STATUS_IGNORE.</summary>
    public required nint NoStatus { get; init; }

    /// <summary>The library's own words for itself, the first of them.</summary>
    public required string Version { get; init; }

    public required delegate* unmanaged<int, byte*, int*, int> ErrorText { get; init; }

    /// <summary>The rank of this process, and how many there are.</summary>
    public (int Rank, int Size) Place { get; private init; }

    /// <summary>Whether there is a library of either family, and which.</summary>
    public static IReadOnlyList<(string Name, string Version)> Installed()
    {
        var found = new List<(string, string)>();
        foreach (var name in Names(Launcher.None))
            if (NativeLibrary.TryLoad(name, out var library))
                found.Add((name, VersionOf(library)));
        return found;
    }

    /// <summary>Loads the launcher's library, or the first that is there, and begins to use it: MPI_Init_thread waits
    /// until every rank is here.</summary>
    /// <exception cref="LinearScalingException">There is none, or it is of an unknown kind.</exception>
    public static MpiLibrary Begin(Launcher launcher)
    {
        var names = Names(launcher);
        foreach (var name in names)
            if (Open(name) is var library && library != 0)
                return Begin(name, library);
        throw CollectiveMistakes.NoMpi(names);
    }

    public string Error(int code)
    {
        Span<byte> text = stackalloc byte[MaxText];
        var length = 0;
        fixed (byte* start = text)
            return ErrorText(code, start, &length) == 0 ? Encoding.UTF8.GetString(text[..length]) : $"error {code}";
    }

    private static string[] Names(Launcher launcher) =>
        Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given ? [given]
        : launcher == Launcher.OpenMpi ? OpenMpiNames
        : launcher == Launcher.Mpich ? MpichNames
        : Environment.GetEnvironmentVariable("PMIX_RANK") is not null ? [.. OpenMpiNames, .. MpichNames] // by srun
        : [.. MpichNames, .. OpenMpiNames];

    /// <summary>Open MPI's plug-ins look its symbols up among all libraries, so it is opened for all.</summary>
    private static nint Open(string name)
    {
        try
        {
            return dlopen(name, Found) != 0 && NativeLibrary.TryLoad(name, out var library) ? library : 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return 0; // no dlopen here
        }
    }

    private static MpiLibrary Begin(string name, nint library)
    {
        try
        {
            var openMpi = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out var world);
            var initialize = (delegate* unmanaged<nint, nint, int, int*, int>)Export("MPI_Init_thread");
            var provided = 0;
            if (initialize(0, 0, ThreadFunneled, &provided) is not 0 and var code)
                throw CollectiveMistakes.NotAnMpi(name, $"MPI_Init_thread failed with {code}");
            if (!openMpi)
                world = 0x44000000;
            var setHandler = (delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler");
            _ = setHandler(world, openMpi ? Export("ompi_mpi_errors_return") : 0x54000001);
            int rank,
                size;
            _ = ((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank"))(world, &rank);
            _ = ((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size"))(world, &size);
            return new()
            {
                World = world,
                Byte = openMpi ? Export("ompi_mpi_byte") : 0x4c00010d,
                NoStatus = openMpi ? 0 : 1,
                Send = (delegate* unmanaged<nint, long, nint, int, int, nint, nint*, int>)Export("MPI_Isend"),
                Receive = (delegate* unmanaged<nint, long, nint, int, int, nint, nint*, int>)Export("MPI_Irecv"),
                Test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test"),
                Abort = (delegate* unmanaged<nint, int, int>)Export("MPI_Abort"),
                Finish = (delegate* unmanaged<int>)Export("MPI_Finalize"),
                ErrorText = (delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string"),
                Version = VersionOf(library),
                Place = (rank, size),
            };
        }
        catch (EntryPointNotFoundException e)
        {
            throw CollectiveMistakes.NotAnMpi(name, e.Message);
        }

        nint Export(string symbol) => NativeLibrary.GetExport(library, symbol);
    }

    /// <summary>As <c>Open MPI v4.1.4</c>, <c>MPICH 4.0.2</c>.</summary>
    private static string VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "MPI_Get_library_version", out var function))
            return "unknown";
        Span<byte> text = stackalloc byte[MaxText];
        var length = 0;
        fixed (byte* start = text)
            if (((delegate* unmanaged<byte*, int*, int>)function)(start, &length) != 0)
                return "unknown";
        var words = Encoding.UTF8.GetString(text[..length]).Split('\n', ',')[0];
        return string.Join(
            ' ',
            words.Replace("Version:", "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string file, int flags);
}
