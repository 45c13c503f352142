using LinearScaling.Torch.Collectives;

namespace LinearScaling.Tests.Torch.Collectives;

public class RankPlaceTests
{
    [Theory]
    [InlineData("", Launcher.None, 0, 1, 0, 1)]
    [InlineData("RANK=5 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=4", Launcher.Torchrun, 5, 8, 1, 4)]
    [InlineData(
        "SLURM_STEP_ID=0 SLURM_PROCID=6 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=2 SLURM_NODEID=1 "
            + "SLURM_STEP_TASKS_PER_NODE=4(x2)",
        Launcher.Slurm,
        6,
        8,
        2,
        4
    )]
    [InlineData(
        "SLURM_STEP_ID=0 SLURM_PROCID=6 SLURM_NTASKS=7 SLURM_LOCALID=0 SLURM_NODEID=2 "
            + "SLURM_STEP_TASKS_PER_NODE=3(x2),1",
        Launcher.Slurm,
        6,
        7,
        0,
        1
    )]
    [InlineData("PMI_RANK=1 PMI_SIZE=2 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2", Launcher.Mpich, 1, 2, 1, 2)]
    [InlineData(
        "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2",
        Launcher.OpenMpi,
        3,
        4,
        1,
        2
    )]
    // a shell, or a batch script, of a job with four tasks
    [InlineData("SLURM_NTASKS=4", Launcher.None, 0, 1, 0, 1)]
    [InlineData("SLURM_NTASKS=4 SLURM_PROCID=0 SLURM_LOCALID=0", Launcher.None, 0, 1, 0, 1)]
    // Open MPI's mpirun in a job of two machines: its helpers are Slurm's tasks, one a machine
    [InlineData(
        "SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 OMPI_COMM_WORLD_RANK=5 OMPI_COMM_WORLD_SIZE=8 "
            + "OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=4",
        Launcher.OpenMpi,
        5,
        8,
        1,
        4
    )]
    // srun --mpi=pmi2 sets both alike
    [InlineData(
        "SLURM_STEP_ID=0 SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_LOCALID=1 PMI_RANK=1 PMI_SIZE=2",
        Launcher.Slurm,
        1,
        2,
        1,
        2
    )]
    public void The_environment_tells_who_started_what(
        string variables,
        Launcher launcher,
        int rank,
        int size,
        int localRank,
        int localSize
    ) => Assert.Equal(new RankPlace(launcher, rank, size, localRank, localSize), Find(variables));

    [Theory]
    [InlineData("RANK=8 WORLD_SIZE=8", "RANK and WORLD_SIZE of the environment are '8, 8'")]
    [InlineData("PMI_RANK=x PMI_SIZE=2", "PMI_RANK and PMI_SIZE of the environment are 'x, 2'")]
    public void Numbers_that_are_none_are_refused(string variables, string message) =>
        Assert.StartsWith(
            message,
            Assert.Throws<LinearScalingException>(() => Find(variables)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("node[01-04,7],other", "node01")]
    [InlineData("node[7,9-12]", "node7")]
    [InlineData("alpha,beta[1-2]", "alpha")]
    [InlineData("alone", "alone")]
    public void The_first_machine_of_a_list_is_found(string list, string host) =>
        Assert.Equal(host, Rendezvous.FirstHost(list));

    [Theory]
    [InlineData("MASTER_ADDR=a MASTER_PORT=29500", "a", 29500)]
    [InlineData("SLURM_STEP_NODELIST=n[3-4] SLURM_JOB_ID=1234567", "n3", 34567)]
    [InlineData("MASTER_ADDR=a SLURM_JOB_ID=42", "a", 20042)]
    public void Processes_know_where_they_meet(string variables, string address, int port) =>
        Assert.Equal((address, port), CollectiveWorld.MeetingPlace(Place, Variables(variables)));

    [Fact]
    public void Processes_that_do_not_know_where_they_meet_say_so() =>
        Assert.StartsWith(
            "torchrun started 2 processes and did not say where they meet",
            Assert
                .Throws<LinearScalingException>(() =>
                    CollectiveWorld.MeetingPlace(Place, Variables("MASTER_ADDR=a MASTER_PORT=0"))
                )
                .Message,
            StringComparison.Ordinal
        );

    private static RankPlace Place { get; } = new(Launcher.Torchrun, 0, 2, 0, 2);

    private static RankPlace Find(string variables) => RankPlace.Find(Variables(variables));

    private static Func<string, string?> Variables(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(v => v.Split('='))
            .ToDictionary(v => v[0], v => v[1])
            .GetValueOrDefault;
}
