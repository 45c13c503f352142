using System.Diagnostics;
using System.Globalization;

namespace LinearScaling.Cli.Processes;

/// <summary>How a process of the same program ended.</summary>
/// <param name="ExitCode">As lcs gives it; 128 and more say which signal ended it.</param>
/// <param name="Message">What it said last, for people.</param>
internal sealed record ChildEnd(int ExitCode, string Message);

/// <summary>A command of this program in a process of its own, which ends when this one closes the pipe or
/// dies.</summary>
internal static class LcsChild
{
    private const int LinesKept = 40;

    /// <summary>Runs a command to its end, or, once cancelled, to where it has saved.</summary>
    /// <param name="args">As typed after lcs.</param>
    /// <param name="logFile">Receives everything it writes, below what is there.</param>
    public static ChildEnd Run(IReadOnlyList<string> args, string logFile, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(logFile)!);
        using var log = new StreamWriter(logFile, append: true) { AutoFlush = true };
        log.WriteLine($"{DateTime.Now.ToString("s", CultureInfo.InvariantCulture)} lcs {string.Join(' ', args)}");
        var start = StartInfo(args);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        ParentPipe.Attach(start);
        var errors = new Queue<string>();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) => Write(e.Data);
        process.ErrorDataReceived += (_, e) =>
        {
            Write(e.Data);
            if (string.IsNullOrWhiteSpace(e.Data))
                return;
            errors.Enqueue(e.Data);
            if (errors.Count > LinesKept)
                errors.Dequeue();
        };
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using (cancellationToken.Register(process.StandardInput.Close))
            process.WaitForExit();
        return new(process.ExitCode, Message(process.ExitCode, [.. errors]));

        void Write(string? line)
        {
            if (line is null)
                return;
            lock (log)
                log.WriteLine(line);
        }
    }

    /// <summary>This program again: lcs itself, or dotnet with lcs.dll.</summary>
    public static ProcessStartInfo StartInfo(IReadOnlyList<string> args)
    {
        var program = typeof(LcsChild).Assembly.Location;
        var host = Environment.ProcessPath;
        return Path.GetFileNameWithoutExtension(host) == "lcs"
            ? new ProcessStartInfo(host!, args)
            : new ProcessStartInfo(
                Path.GetFileNameWithoutExtension(host) == "dotnet" ? host! : "dotnet",
                [program, .. args]
            );
    }

    private static string Message(int exitCode, IReadOnlyList<string> errors) =>
        exitCode > 128 && exitCode != 130 ? $"ended by signal {exitCode - 128}"
        : errors.Count == 0 ? string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}")
        : errors.LastOrDefault(e => e.StartsWith("This is a bug", StringComparison.Ordinal)) is not null
        && exitCode == 1
            ? errors.SkipWhile(e => !e.StartsWith("This is a bug", StringComparison.Ordinal)).ElementAtOrDefault(1)
                ?? errors[^1]
        : errors[^1];
}
