using LinearScaling.Configuration;

namespace LinearScaling.Cli.Studies.Clusters;

/// <summary>The cluster that a study runs on.</summary>
/// <param name="Slurm">What its runs ask Slurm for.</param>
public sealed record ClusterConfig(SlurmConfig Slurm);

/// <summary>What a run asks Slurm for; an empty text leaves it to the cluster.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Time">The longest time of a job, as 24:00:00. A run that needs more saves, and its job is queued
/// again.</param>
/// <param name="Nodes">Machines a run.</param>
/// <param name="Gpus">GPUs of each machine, with a process each; 0 trains on CPUs.</param>
/// <param name="Tasks">Processes of each machine where there are no GPUs; several need MPI.</param>
/// <param name="Cpus">CPU cores of each process.</param>
/// <param name="Memory">Memory of each machine, as 200G.</param>
/// <param name="Account">The account that is charged.</param>
/// <param name="Qos">The quality of service.</param>
/// <param name="Mpi">srun's --mpi, as pmi2, where processes on CPUs use MPI.</param>
/// <param name="Jobs">Runs at a time; 0 for as many as the cluster takes.</param>
/// <param name="Notice">Seconds before the end of its time in which a job saves.</param>
/// <param name="Setup">Shell lines before the program, as module load.</param>
/// <param name="Options">Further options of sbatch, as --constraint=h100.</param>
public sealed record SlurmConfig(
    string Partition = "",
    string Time = "",
    [Range(1, 10000)] int Nodes = 1,
    [Range(0, 64)] int Gpus = 0,
    [Range(1, 1024)] int Tasks = 1,
    [Range(1, 1024)] int Cpus = 1,
    string Memory = "",
    string Account = "",
    string Qos = "",
    string Mpi = "",
    [Range(0, 100000)] int Jobs = 0,
    [Range(5, 86400)] int Notice = 120,
    string Setup = "",
    IReadOnlyList<string>? Options = null
) : IValidated
{
    /// <summary>Processes of each machine.</summary>
    public int TasksPerNode => Gpus > 0 ? Gpus : Tasks;

    public IEnumerable<string> Problems()
    {
        if (Gpus > 0 && Tasks > 1)
            yield return "gpus and tasks: with GPUs there is one process each; leave tasks out";
        foreach (var option in (Options ?? []).Where(o => !o.StartsWith("--", StringComparison.Ordinal)))
            yield return $"options: '{option}' is no option of sbatch, as --constraint=h100";
    }
}
