using System.Globalization;

namespace LinearScaling.Torch.Collectives;

/// <summary>What started the processes of a run.</summary>
public enum Launcher
{
    None,
    Torchrun,
    Slurm,
    Mpich,
    OpenMpi,
}

/// <summary>The place of this process among those that were started together, as their launcher says.</summary>
/// <param name="LocalRank">Its number on its machine, which is that of its GPU.</param>
/// <param name="LocalSize">How many share its machine.</param>
public sealed record RankPlace(Launcher Launcher, int Rank, int Size, int LocalRank, int LocalSize)
{
    /// <summary>A process of its own.</summary>
    public static RankPlace Alone { get; } = new(Launcher.None, 0, 1, 0, 1);

    /// <summary>Reads the environment: torchrun's variables, Slurm's, those of MPICH's family, Open MPI's.</summary>
    /// <remarks>mpiexec within a Slurm job starts its own helpers with srun, whose variables the ranks inherit: where
    /// both are there and differ, MPI's are the ranks'. SLURM_NTASKS alone is no launch, since shells have it
    /// too.</remarks>
    /// <exception cref="LinearScalingException">A rank that is not below the number of ranks.</exception>
    public static RankPlace Find(Func<string, string?> variable)
    {
        var torchrun = Read(Launcher.Torchrun, "RANK", "WORLD_SIZE", "LOCAL_RANK", variable("LOCAL_WORLD_SIZE"));
        if (torchrun is not null)
            return torchrun;
        var mpi =
            Read(Launcher.Mpich, "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", variable("MPI_LOCALNRANKS"))
            ?? Read(
                Launcher.OpenMpi,
                "OMPI_COMM_WORLD_RANK",
                "OMPI_COMM_WORLD_SIZE",
                "OMPI_COMM_WORLD_LOCAL_RANK",
                variable("OMPI_COMM_WORLD_LOCAL_SIZE")
            );
        var slurm = variable("SLURM_STEP_ID") is { Length: > 0 }
            ? Read(
                Launcher.Slurm,
                "SLURM_PROCID",
                variable("SLURM_STEP_NUM_TASKS") is { Length: > 0 } ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS",
                "SLURM_LOCALID",
                TasksOnNode(variable("SLURM_STEP_TASKS_PER_NODE"), variable("SLURM_NODEID"))
            )
            : null;
        return mpi is not null && slurm is not null && (mpi.Rank, mpi.Size) != (slurm.Rank, slurm.Size)
            ? mpi
            : slurm ?? mpi ?? Alone;

        RankPlace? Read(Launcher launcher, string rank, string size, string local, string? here)
        {
            if (variable(rank) is not { Length: > 0 } rankText || variable(size) is not { Length: > 0 } sizeText)
                return null;
            if (!TryParse(rankText, out var number) || !TryParse(sizeText, out var count) || number >= count)
                throw CollectiveMistakes.BadVariables(rank, size, $"{rankText}, {sizeText}");
            return new(
                launcher,
                number,
                count,
                TryParse(variable(local), out var place) ? place : number,
                TryParse(here, out var neighbours) ? neighbours : count
            );
        }
    }

    /// <summary>The tasks of a node in Slurm's list, as <c>2(x3),1</c> for four nodes.</summary>
    private static string? TasksOnNode(string? list, string? node)
    {
        if (!TryParse(node, out var index))
            return null;
        foreach (var item in (list ?? "").Split(','))
        {
            var parts = item.Split("(x");
            var times = parts.Length == 2 && TryParse(parts[1].TrimEnd(')'), out var n) ? n : 1;
            if (index < times)
                return parts[0];
            index -= times;
        }
        return null;
    }

    private static bool TryParse(string? text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}

/// <summary>A launcher's name for people.</summary>
public static class LauncherNames
{
    public static string Words(this Launcher launcher) =>
        launcher switch
        {
            Launcher.Torchrun => "torchrun",
            Launcher.Slurm => "Slurm",
            Launcher.Mpich => "MPICH",
            Launcher.OpenMpi => "Open MPI",
            _ => "none",
        };
}
