using System.Diagnostics;
using System.Globalization;

namespace LinearScaling.Benchmarks;

/// <summary>A step of training, as the process that took it says.</summary>
/// <param name="Seconds">Of the clock.</param>
/// <param name="Processor">Seconds of processors.</param>
/// <param name="Loss">Before the update.</param>
/// <param name="PeakKiB">Most resident memory since the first step.</param>
internal readonly record struct PeerStep(double Seconds, double Processor, double Loss, double PeakKiB);

/// <summary>A process that says hello in one line and then takes a training step whenever it is asked.</summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process process;

    /// <param name="file">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    public PeerProcess(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // Some machines export variables that hold OpenBLAS to kernels slower than those it chooses by itself.
        foreach (var name in start.Environment.Keys.Where(n => n.StartsWith("OPENBLAS_", StringComparison.Ordinal)))
            start.Environment.Remove(name);
        (start.Environment["OMP_NUM_THREADS"], start.Environment["OPENBLAS_NUM_THREADS"]) = ("1", "1");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        process = Process.Start(start)!;
        Hello = Answer();
    }

    /// <summary>The line with which it began.</summary>
    public string Hello { get; }

    public PeerStep Step()
    {
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
        var numbers = Answer().Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new PeerStep(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>The mean of steps in a row, without the first of them; the loss and the peak are the last's.</summary>
    public PeerStep Turn(int steps)
    {
        Step();
        var taken = Enumerable.Range(1, steps - 1).Select(_ => Step()).ToList();
        return taken[^1] with { Seconds = taken.Average(s => s.Seconds), Processor = taken.Average(s => s.Processor) };
    }

    /// <summary>Lets it end.</summary>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private string Answer() =>
        process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended: its error stands above");
}
