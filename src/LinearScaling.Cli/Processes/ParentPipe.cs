using System.Diagnostics;

namespace LinearScaling.Cli.Processes;

/// <summary>
/// The pipe between a sweep and the processes it starts: their standard input. When the sweep closes it or dies, they
/// save and stop. Together with the terminal's Ctrl-C it does not count as a second signal.
/// </summary>
internal static class ParentPipe
{
    private const string Variable = "LCS_PARENT_PIPE";

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
