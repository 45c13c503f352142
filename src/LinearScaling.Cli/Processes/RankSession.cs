using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Cli.Processes;

/// <summary>A command that several processes run together: who this one is, and what becomes of a failure.</summary>
internal static class RankSession
{
    /// <summary>This process's device: on a GPU that of its number on the machine, on CPUs its share of the
    /// cores.</summary>
    /// <param name="name">As in <c>--device</c>.</param>
    /// <param name="threads">As in <c>--threads</c>.</param>
    public static ComputeDevice Device(RankPlace place, string name, int? threads)
    {
        var own = threads ?? Math.Max(1, Environment.ProcessorCount / place.LocalSize);
        LibTorch.Load();
        return place.Size > 1 && name is "auto" or "cuda" && CudaDriver.Devices().Count > 0
            ? ComputeDevice.Open($"cuda:{place.LocalRank}", own)
            : ComputeDevice.Open(name, own);
    }

    /// <summary>Joins the others and runs the command with them. A failure that the others do not know of ends them
    /// all.</summary>
    /// <param name="command">Its result is the exit code.</param>
    public static int Run(RankPlace place, ComputeDevice compute, TextWriter error, Func<ICollectives, int> command)
    {
        var ranks = CollectiveWorld.Join(place, compute.Device, Lost);
        try
        {
            var code = command(ranks);
            ranks.Dispose();
            return code;
        }
        catch (Exception e) when (place.Size == 1 || e is AgreedFailureException or OperationCanceledException)
        {
            ranks.Dispose();
            throw;
        }
        catch (Exception e)
        {
            var code = CommandRunner.Report(e, place.Rank, error);
            error.Flush();
            ranks.Abort(code);
            return code;
        }

        // The thread that computes may wait for its GPU for ever.
        void Lost(LostRankException failure)
        {
            var code = CommandRunner.Report(failure, place.Rank, error);
            error.Flush();
            Environment.Exit(code);
        }
    }
}
