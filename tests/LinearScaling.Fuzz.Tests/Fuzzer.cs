using System.Diagnostics;
using LinearScaling.Files;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Runs a target on mutations of its seeds: each gives a value or a <see cref="LinearScalingException"/>, in
/// less than five seconds and one gigabyte.</summary>
internal sealed class Fuzzer : IDisposable
{
    private const long MostAllocated = 1L << 30;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly FuzzTarget target;
    private readonly string folder;

    public Fuzzer(FuzzTarget target)
    {
        this.target = target;
        // in memory, where there is a file system for it
        var root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        folder = Path.Combine(root, $"lcs-fuzz-{target.Name}-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
    }

    private string InputPath => Path.Combine(folder, target.FileName);

    /// <summary>Past failures first, then seeds, then mutations.</summary>
    /// <param name="failures">Where inputs that fail are kept.</param>
    /// <returns>What failed, a line per kind.</returns>
    public IReadOnlyList<string> Run(int cases, int seed, string failures)
    {
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        var seeds = target.Seeds();
        foreach (var input in PastFailures())
            Try(input);
        foreach (var whole in seeds)
            if (Problem(whole, mustRead: true) is { } broken)
                problems.TryAdd(broken, "a seed");
        var mutator = new Mutator(new Random(seed), [.. seeds, .. PastFailures()]);
        for (var i = 0; i < cases && problems.Count < 20; i++)
            Try(mutator.Next());
        return [.. problems.Select(p => $"{p.Value}: {p.Key}")];

        void Try(byte[] input)
        {
            if (Problem(input, mustRead: false) is not { } problem || problems.ContainsKey(problem))
                return;
            Directory.CreateDirectory(failures);
            var file = Path.Combine(failures, $"{target.Name}-{Checksum.Compute(input)[..12]}");
            File.WriteAllBytes(file, input);
            problems.Add(problem, file);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private List<byte[]> PastFailures()
    {
        var corpus = Path.Combine(AppContext.BaseDirectory, "Corpus", target.Name);
        return !Directory.Exists(corpus)
            ? []
            : [.. Directory.EnumerateFiles(corpus).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
    }

    /// <summary>What is wrong with how the target reads an input, or null.</summary>
    private string? Problem(byte[] input, bool mustRead)
    {
        File.WriteAllBytes(InputPath, input);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        // a reader that spins can be found only from outside
        using var watchdog = new Timer(
            _ => Environment.FailFast($"{target.Name} does not end: {Convert.ToBase64String(input)}"),
            null,
            4 * Longest,
            Timeout.InfiniteTimeSpan
        );
        string? problem = null;
        try
        {
            target.Read(InputPath);
        }
        catch (LinearScalingException e) when (!mustRead)
        {
            problem = e.Message.Contains("\n   at ", StringComparison.Ordinal) ? "its message holds a stack" : null;
        }
        catch (Exception e)
        {
            var at = e
                .StackTrace?.Split('\n')
                .FirstOrDefault(l => l.Contains("LinearScaling.", StringComparison.Ordinal));
            problem = $"{e.GetType().Name}: {e.Message.Split('\n')[0]} {at?.Trim()}";
        }
        if (clock.Elapsed > Longest)
            problem = $"takes more than {Longest.TotalSeconds} s";
        if (GC.GetAllocatedBytesForCurrentThread() - allocated > MostAllocated)
            problem = "allocates more than 1 GB";
        return problem;
    }
}
