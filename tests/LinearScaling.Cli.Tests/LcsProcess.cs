using System.Diagnostics;
using System.Text;

namespace LinearScaling.Tests.Cli;

/// <summary>lcs as a process of its own: for exit codes, signals and limits, which an in-process call does not
/// show.</summary>
internal sealed class LcsProcess : IDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();

    private LcsProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE"; // spinning threads starve tests that run beside each other
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(error, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Read(output);

    public string Error => Read(error);

    public static LcsProcess Start(params string[] args) => new(new ProcessStartInfo(Dotnet, [Program, .. args]));

    /// <summary>Starts it below a shell command line that ends in <c>exec "$@"</c>, such as <c>ulimit -f 100; exec
    /// "$@"</c>.</summary>
    public static LcsProcess StartBelow(string shell, params string[] args) =>
        new(new ProcessStartInfo("/bin/bash", ["-c", shell, "bash", Dotnet, Program, .. args]));

    /// <summary>Starts it by a program that starts others, as <c>mpiexec -n 2</c>.</summary>
    public static LcsProcess StartUnder(string[] launcher, params string[] args) =>
        new(new ProcessStartInfo(launcher[0], [.. launcher[1..], Dotnet, Program, .. args]));

    public static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        using var lcs = Start(args);
        return (lcs.WaitForExit(), lcs.Output, lcs.Error);
    }

    public void Signal(string name) =>
        Process
            .Start("/bin/kill", ["-" + name, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])
            .WaitForExit();

    /// <summary>Waits until standard error holds a text.</summary>
    public void WaitForError(string text, int seconds = 60)
    {
        for (var waited = 0; waited < seconds * 50; waited++)
        {
            if (Error.Contains(text, StringComparison.Ordinal))
                return;
            if (process.HasExited)
                break;
            Thread.Sleep(20);
        }
        Assert.Fail($"no '{text}' on standard error; it holds:\n{Error}");
    }

    public int WaitForExit(int seconds = 120)
    {
        Assert.True(process.WaitForExit(seconds * 1000), $"still running after {seconds} s; standard error:\n{Error}");
        process.WaitForExit(); // until the streams are read
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    public static string Dotnet { get; } =
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "lcs.dll");

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.Append(line).Append(line is null ? "" : "\n");
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
