using System.Diagnostics;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Cli.Processes;

/// <summary>
/// The pipe between a sweep and the processes it starts: their standard input. When the sweep closes it or dies, they
/// save and stop. Together with the terminal's Ctrl-C it does not count as a second signal.
/// </summary>
internal static class ParentPipe
{
    private const string Variable = "LCS_PARENT_PIPE";
    private const string FirstRank = "first-rank";

    /// <param name="ofFirstRank">Whether a launcher passes the pipe on to the first of its processes alone.</param>
    public static void Attach(ProcessStartInfo start, bool ofFirstRank = false)
    {
        start.RedirectStandardInput = true;
        start.Environment[Variable] = ofFirstRank ? FirstRank : "1";
    }

    /// <summary>In a process that a sweep started: cancels when the pipe ends.</summary>
    public static void CancelWhenClosed(CancellationTokenSource stop)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } whose)
            return;
        Environment.SetEnvironmentVariable(Variable, null);
        if (whose == FirstRank && RankPlace.Find(Environment.GetEnvironmentVariable).Rank > 0)
            return;
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
