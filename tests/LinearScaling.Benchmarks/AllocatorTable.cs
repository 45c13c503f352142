using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Benchmarks;

/// <summary>Time and memory of the same work with <see cref="TensorPool"/> and with its alternatives: settings of the C
/// library, and other allocators where they are given. Each measurement is a process, and variants take
/// turns.</summary>
internal static class AllocatorTable
{
    /// <summary>Work that runs before it is measured: code is compiled, memory taken.</summary>
    private const int WarmUp = 2;

    private static readonly (string Arch, string Size, int Count)[] Works =
    [
        ("hgrn2", "nano-1m", 4),
        ("tnl", "nano-3m", 3),
        ("llama", "nano-10m", 2),
        ("shapes", "nano-1m", 40),
    ];

    /// <param name="rounds">How often everything is measured.</param>
    /// <param name="libraries">Allocators to load before the C library's: paths of .so files.</param>
    public static void Print(int rounds, string[] libraries)
    {
        var variants = Variants(libraries);
        var found = Works.ToDictionary(w => w, _ => variants.Select(_ => new List<Measured>()).ToList());
        for (var round = 0; round < rounds; round++)
            foreach (var work in Works)
                for (var i = 0; i < variants.Count; i++)
                {
                    var at = (i + round) % variants.Count;
                    found[work][at].Add(Measure(work.Arch, work.Size, work.Count, variants[at].Environment));
                }
        Console.WriteLine(
            "| work | variant | processor time of the pool's | wall time | peak memory, MB | of the pool's | "
                + "page faults a step |"
        );
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (work, results) in found)
            for (var i = 0; i < variants.Count; i++)
            {
                var pairs = results[0].Zip(results[i]).ToList();
                Console.WriteLine(
                    $"| {work.Arch} {work.Size} | {variants[i].Name} "
                        + $"| {Spread(pairs.Select(p => p.Second.Processor / p.First.Processor))} "
                        + $"| {Spread(pairs.Select(p => p.Second.Wall / p.First.Wall))} "
                        + $"| {Median(results[i].Select(m => m.PeakBytes)) / 1e6:F0} "
                        + $"| {Spread(pairs.Select(p => p.Second.PeakBytes / p.First.PeakBytes))} "
                        + $"| {Median(results[i].Select(m => m.Faults)):F0} |"
                );
            }
    }

    /// <summary>The process that is measured.</summary>
    public static void PrintOne(string arch, string size, string count)
    {
        ComputeDevice.Open("cpu", threads: 1);
        Action work = arch == "shapes" ? Shapes(size) : Steps(arch, size);
        for (var i = 0; i < WarmUp; i++)
            work();
        var calls = int.Parse(count, CultureInfo.InvariantCulture);
        var (processor, wall, faults) = (Processor(), Stopwatch.GetTimestamp(), Faults());
        for (var i = 0; i < calls; i++)
            work();
        var measured = new Measured(
            (Processor() - processor) / calls,
            Stopwatch.GetElapsedTime(wall).TotalSeconds / calls,
            Peak(),
            (Faults() - faults) / calls
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{measured.Processor:R} {measured.Wall:R} {measured.PeakBytes:R} {measured.Faults:R}"
            )
        );
    }

    private static List<(string Name, Dictionary<string, string> Environment)> Variants(string[] libraries)
    {
        static Dictionary<string, string> Plain(params (string Name, string Value)[] more) =>
            more.Append((NativePatch.Variable, "plain")).ToDictionary(v => v.Item1, v => v.Item2);

        const string never = "glibc.malloc.trim_threshold=1099511627776:glibc.malloc.top_pad=67108864";
        List<(string, Dictionary<string, string>)> variants =
        [
            ("pool", []),
            ("libtorch's own", Plain()),
            ("libtorch's own, pages of 4 KiB", Plain(("THP_MEM_ALLOC_ENABLE", "0"))),
            (
                "glibc, blocks up to 32 MiB kept",
                Plain(("GLIBC_TUNABLES", $"glibc.malloc.mmap_threshold=33554432:{never}"))
            ),
            ("glibc, all blocks kept", Plain(("GLIBC_TUNABLES", $"glibc.malloc.mmap_max=0:{never}"))),
            (
                "glibc, all blocks kept, its own huge pages",
                Plain(
                    ("GLIBC_TUNABLES", $"glibc.malloc.mmap_max=0:glibc.malloc.hugetlb=1:{never}"),
                    ("THP_MEM_ALLOC_ENABLE", "0")
                )
            ),
        ];
        foreach (var library in libraries)
        {
            var name = Path.GetFileName(library).Split('.')[0][3..];
            variants.Add((name, Plain(("LD_PRELOAD", library))));
            variants.Add(
                (
                    $"{name}, told to keep",
                    Plain(
                        ("LD_PRELOAD", library),
                        ("MALLOC_CONF", "dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,thp:always"),
                        ("MIMALLOC_PAGE_RESET", "0"),
                        ("MIMALLOC_ALLOW_DECOMMIT", "0"),
                        ("MIMALLOC_LARGE_OS_PAGES", "1"),
                        ("TCMALLOC_RELEASE_RATE", "0")
                    )
                )
            );
        }
        return variants;
    }

    private static Action Steps(string arch, string size)
    {
        var step = new TrainingTable.Step(Presets.Find(arch, size).Bind<RunConfig>().Model);
        return () => step.Seconds();
    }

    /// <summary>Forward passes of batches that hardly ever have the same shape, as evaluation's do.</summary>
    private static Action Shapes(string size)
    {
        var config = Presets.Find("tnl", size).Bind<RunConfig>().Model;
        var model = config.Build(ScalarType.Float32, CPU);
        model.Parameters.Initialize(1);
        var random = new Random(1);
        return () =>
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            var time = random.Next(32, 256);
            var x = model.Embed(randint(config.VocabSize, [4096 / time, time]));
            for (var block = 0; block < config.NumLayers; block++)
                x = model.Block(block, x);
            model.Head(x);
        };
    }

    private static Measured Measure(string arch, string size, int count, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["allocator-of", arch, size, count.ToString(CultureInfo.InvariantCulture)]
        )
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var numbers = process
            .StandardOutput.ReadToEnd()
            .Split()
            .Where(w => w.Length > 0)
            .Select(w => double.Parse(w, CultureInfo.InvariantCulture))
            .ToList();
        process.WaitForExit();
        return new Measured(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    private static double Processor() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static double Faults() =>
        double.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[7], CultureInfo.InvariantCulture);

    private static double Peak() =>
        1024
        * double.Parse(
            File.ReadLines("/proc/self/status")
                .First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static string Spread(IEnumerable<double> ratios)
    {
        var sorted = ratios.Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sorted[0]:F2} {sorted[sorted.Count / 2]:F2} {sorted[^1]:F2}"
        );
    }

    private readonly record struct Measured(double Processor, double Wall, double PeakBytes, double Faults);
}
