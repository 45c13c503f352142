using System.Globalization;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Collectives;

/// <summary>Joins this process to the others of its run.</summary>
public static class CollectiveWorld
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>MPI where tensors are on CPUs, NCCL where they are on GPUs; nothing for a process of its own.</summary>
    /// <param name="lost">Told, on another thread, that a rank is lost while this thread may wait for a GPU for ever:
    /// it has to end the process.</param>
    /// <exception cref="LinearScalingException">The library is not there, or not all ranks came.</exception>
    public static ICollectives Join(RankPlace place, Device device, Action<LostRankException> lost)
    {
        if (place.Size == 1)
            return new SingleProcess();
        if (device.type != DeviceType.CUDA)
            return new MessageCollectives(new MpiMessages(place));
        var nccl = NcclLibrary.Find() ?? throw CollectiveMistakes.NoNccl();
        // Of NCCL's ways these add in one fixed order; the others choose by size and load.
        EngineSettings.Default("NCCL_ALGO", "Ring");
        EngineSettings.Default("NCCL_PROTO", "Simple");
        var id = place.Launcher is Launcher.Mpich or Launcher.OpenMpi
            ? IdByMpi(place, nccl)
            : IdByMeeting(place, nccl, Environment.GetEnvironmentVariable);
        return new NcclCollectives(nccl, new CudaStreams(device.index), place.Rank, place.Size, id, lost);
    }

    private static byte[] IdByMpi(RankPlace place, NcclLibrary nccl)
    {
        using var scope = NewDisposeScope();
        var mpi = new MessageCollectives(new MpiMessages(place)); // ends with the process: NCCL's ranks are MPI's
        var id = tensor(place.Rank == 0 ? nccl.NewId() : new byte[NcclId.Bytes]);
        mpi.Broadcast(id, "NCCL's identity");
        return id.data<byte>().ToArray();
    }

    private static byte[] IdByMeeting(RankPlace place, NcclLibrary nccl, Func<string, string?> variable)
    {
        var (address, port) = MeetingPlace(place, variable);
        var token = Rendezvous.Token(variable, place.Size);
        if (place.Rank > 0)
            return Rendezvous.Receive(address, port, place.Rank, token, Patience);
        var id = nccl.NewId();
        Rendezvous.Give(port, place.Size, token, id, Patience);
        return id;
    }

    /// <summary>MASTER_ADDR and MASTER_PORT; under Slurm without them the job's first machine, and a port by the job's
    /// number.</summary>
    internal static (string Address, int Port) MeetingPlace(RankPlace place, Func<string, string?> variable)
    {
        var nodes = variable("SLURM_STEP_NODELIST") ?? variable("SLURM_JOB_NODELIST");
        var address = variable("MASTER_ADDR") ?? (nodes is null ? null : Rendezvous.FirstHost(nodes));
        if (address is { Length: > 0 } && Number(variable("MASTER_PORT")) is { } port and > 0 and < 65536)
            return (address, port);
        return address is { Length: > 0 } && Number(variable("SLURM_JOB_ID")) is { } job
            ? (address, 20000 + job % 20000)
            : throw CollectiveMistakes.NoMeetingPlace(place);
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
