using System.Diagnostics;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Training;

/// <summary>A process to be killed: this program, started with <see cref="Command"/> and a directory, trains a tiny run
/// of every architecture and precision in it, each on a thread, saving every step.</summary>
internal static class KilledRuns
{
    public const int Steps = 60;

    public const string Command = "killed-runs";

    public static IReadOnlyList<TinyRun> In(string root) =>
        [
            .. from architecture in ModelConfig.Variants.Names
            from precision in (Precision[])[Precision.Fp32, Precision.Bf16]
            select new TinyRun(
                Path.Combine(root, $"{architecture}-{precision}"),
                architecture,
                precision,
                change: c => c with { Checkpoints = new CheckpointSchedule(Every: 1, KeepLast: 3) }
            ),
        ];

    public static Process Start(string root)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(KilledRuns).Assembly.Location, Command, root])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        return Process.Start(start)!;
    }

    public static int Train(string root)
    {
        LibTorch.Load();
        set_num_threads(1);
        Console.WriteLine("begins");
        var threads = In(root).Select(run => new Thread(() => run.Train(Steps))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return 0;
    }
}
