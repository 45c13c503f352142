using System.Diagnostics;
using System.Globalization;

namespace LinearScaling.Cli.Processes;

/// <summary>What starts the processes of an MPI program on this machine: mpiexec or mpirun, of MPICH's family or Open
/// MPI.</summary>
internal sealed record MpiLauncher(string Path, bool IsOpenMpi)
{
    private static readonly string[] Names = ["mpiexec", "mpirun", "mpiexec.mpich", "mpirun.openmpi"];

    /// <summary>The first on the PATH; null where there is none.</summary>
    public static MpiLauncher? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => Names.Select(name => System.IO.Path.Combine(folder, name)))
            .Where(File.Exists)
            .OrderBy(path => Array.IndexOf(Names, System.IO.Path.GetFileName(path)))
            .Select(path => new MpiLauncher(path, Says(path).Contains("Open MPI", StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault();

    /// <summary>Starts a program so many times; the first of the processes gets this one's pipe.</summary>
    /// <remarks>In a session of its own, where there is setsid: Ctrl-C is for the program that started it, since Open
    /// MPI's launcher would give the processes a second to save.</remarks>
    public ProcessStartInfo Start(int processes, ProcessStartInfo program)
    {
        var count = processes.ToString(CultureInfo.InvariantCulture);
        List<string> line =
        [
            .. File.Exists("/usr/bin/setsid") ? (string[])["/usr/bin/setsid"] : [],
            Path,
            .. IsOpenMpi ? (string[])["--oversubscribe", "--bind-to", "none"] : [],
            "-n",
            count,
            program.FileName,
            .. program.ArgumentList,
        ];
        var start = new ProcessStartInfo(line[0], line.Skip(1));
        AllowRoot(start);
        return start;
    }

    /// <summary>Open MPI's launcher refuses root, who is the only user in most containers.</summary>
    private static void AllowRoot(ProcessStartInfo start)
    {
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
    }

    private static string Says(string path)
    {
        var start = new ProcessStartInfo(path, ["--version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        AllowRoot(start);
        using var process = Process.Start(start);
        var text = process!.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
