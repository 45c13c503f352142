using System.Globalization;

namespace LinearScaling.Tests.Cli.Ranks;

/// <summary>An MPI of this machine by the names that Debian gives its launchers.</summary>
internal sealed record Mpi(string Name, string[] Launcher)
{
    private const string Folder = "/usr/bin";

    public static TheoryData<string> Names => ["mpich", "openmpi"];

    /// <summary>Skips the test where it is not installed.</summary>
    public static Mpi Need(string name)
    {
        var launcher = Path.Combine(Folder, name == "mpich" ? "mpiexec.mpich" : "mpirun.openmpi");
        Assert.SkipUnless(File.Exists(launcher), $"needs {launcher} (apt-get install mpich openmpi-bin)");
        return new(
            name,
            name == "mpich"
                ? [launcher]
                :
                [
                    "/usr/bin/env",
                    "OMPI_ALLOW_RUN_AS_ROOT=1",
                    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
                    launcher,
                    "--oversubscribe",
                    "--bind-to",
                    "none",
                ]
        );
    }

    public LcsProcess Start(int ranks, params string[] args) =>
        LcsProcess.StartUnder([.. Launcher, "-n", ranks.ToString(CultureInfo.InvariantCulture)], args);

    /// <summary>Runs to the end, which must be well.</summary>
    public string Run(int ranks, params string[] args)
    {
        using var lcs = Start(ranks, args);
        var code = lcs.WaitForExit();
        Assert.True(code == 0, $"exit code {code}:\n{lcs.Error}");
        return lcs.Output;
    }

    /// <summary>The process of a rank, by what its launcher told it and an argument that is its alone.</summary>
    public static int ProcessOf(int rank, string argument)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            try
            {
                if (
                    !int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                )
                    continue;
                var line = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0');
                var environment = File.ReadAllText(Path.Combine(folder, "environ")).Split('\0');
                if (
                    line.Contains(argument)
                    && (
                        environment.Contains($"PMI_RANK={rank}") || environment.Contains($"OMPI_COMM_WORLD_RANK={rank}")
                    )
                )
                    return id;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended, or is another user's.
            }
        Assert.Fail($"no process of rank {rank}");
        return 0;
    }

    public static void Signal(int process, string name) =>
        System
            .Diagnostics.Process.Start("/bin/kill", ["-" + name, process.ToString(CultureInfo.InvariantCulture)])
            .WaitForExit();
}
