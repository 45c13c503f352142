using System.Diagnostics;
using System.Globalization;
using LinearScaling.Runs;

namespace LinearScaling.Benchmarks;

/// <summary>Two processes of one thread beside one process of one and of two threads: the same run, in turns.</summary>
internal static class RankTable
{
    private const int Rounds = 3;
    private const int Steps = 12;

    private static readonly (string Name, string[] Options)[] Ways =
    [
        ("1 rank, 1 thread", ["--threads", "1"]),
        ("1 rank, 2 threads", ["--threads", "2"]),
        ("2 ranks, 1 thread each", ["--devices", "2", "--threads", "1"]),
    ];

    public static void Print(string[] sizes)
    {
        Console.WriteLine("| size | way | tokens/s | of 1 rank, 1 thread | share of a step in communication |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var size in sizes)
        {
            var rounds = Enumerable
                .Range(0, Rounds)
                .Select(_ => Ways.Select(way => Measure(size, way.Options)).ToList())
                .ToList();
            foreach (var (way, index) in Ways.Select((w, i) => (w.Name, i)))
            {
                var ratios = rounds.Select(r => r[index].Speed / r[0].Speed).Order().ToList();
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"| {size} | {way} | {rounds.Max(r => r[index].Speed):N0} | {ratios[Rounds / 2]:F2} "
                            + $"({ratios[0]:F2} to {ratios[^1]:F2}) | {rounds.Average(r => r[index].Waiting):P1} |"
                    )
                );
            }
        }
    }

    /// <returns>Tokens per second of the median step, the first ones left out, and its share of waiting.</returns>
    private static (double Speed, double Waiting) Measure(string size, string[] way)
    {
        var folder = Directory.CreateTempSubdirectory("lcs-ranks-").FullName;
        try
        {
            string[] line =
            [
                Path.Combine(AppContext.BaseDirectory, "lcs.dll"),
                "train",
                "--arch",
                "tnl",
                "--size",
                size,
                "--steps",
                Steps.ToString(CultureInfo.InvariantCulture),
                "--output",
                Path.Combine(folder, "run"),
                "--set",
                "train.dtype=fp32",
                "--set",
                "train.micro_batch=2",
                "--set",
                "train.batch_tokens=1024",
                "--set",
                "data.seq_len=256",
                .. way,
            ];
            using var lcs = Process.Start(
                new ProcessStartInfo("dotnet", line) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            var error = lcs.StandardError.ReadToEndAsync();
            lcs.StandardOutput.ReadToEnd();
            lcs.WaitForExit();
            if (lcs.ExitCode != 0)
                throw new InvalidOperationException(error.GetAwaiter().GetResult());
            var steps = new RunDirectory(Path.Combine(folder, "run"))
                .ReadMetrics()
                .Skip(Steps / 2)
                .OrderBy(m => m.TokensPerSecond)
                .ToList();
            var median = steps[steps.Count / 2];
            var seconds = 1024 / median.TokensPerSecond;
            return (median.TokensPerSecond, (median.CommunicationSeconds ?? 0) / seconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
