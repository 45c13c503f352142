using System.Diagnostics;

namespace LinearScaling.Cli.Studies;

/// <summary>
/// A sweep's hold on the processes it starts: a pipe to their standard input. When it ends, they save and stop, be it
/// that the sweep let go or that it died, however it died. Unlike a signal it may come beside the terminal's Ctrl-C
/// without counting twice.
/// </summary>
internal static class ParentPipe
{
    private const string Variable = "LCS_TETHERED";

    public static void Attach(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true;
        start.Environment[Variable] = "1";
    }

    /// <summary>In a process that a sweep started: cancels when the pipe ends.</summary>
    public static void CancelWhenClosed(CancellationTokenSource stop)
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            return;
        Environment.SetEnvironmentVariable(Variable, null);
        new Thread(() =>
        {
            using var pipe = Console.OpenStandardInput();
            while (pipe.Read(new byte[64]) > 0)
                continue;
            try
            {
                stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The command is done already.
            }
        })
        {
            IsBackground = true,
        }.Start();
    }
}
