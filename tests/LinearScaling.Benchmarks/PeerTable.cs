using System.Diagnostics;
using System.Globalization;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Benchmarks;

/// <summary>Whole optimizer steps beside <c>peer.py</c>, the same LLaMA in PyTorch: one thread, in turns, the fastest
/// step of each.</summary>
internal static class PeerTable
{
    private const int Batch = 4;
    private const int SeqLen = 256;
    private const int Rounds = 5;
    private const int StepsARound = 5;

    private static readonly LlamaConfig Config = new()
    {
        HiddenSize = 512,
        NumLayers = 4,
        NumHeads = 8,
        VocabSize = 4096,
        IntermediateSize = 1408,
    };

    /// <param name="python">A Python interpreter with PyTorch.</param>
    /// <param name="script">Path of peer.py.</param>
    public static void Print(string python, string script)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        var flops = Config.FlopsPerToken(SeqLen)["exact"] * Batch * SeqLen;
        var rows = new List<string>();
        var version = "";
        (string, ScalarType)[] types = CpuFeatures.HasBf16()
            ? [("fp32", ScalarType.Float32), ("bf16", ScalarType.BFloat16)]
            : [("fp32", ScalarType.Float32)]; // without such products a bf16 step takes minutes
        foreach (var (name, type) in types)
        {
            var start = new ProcessStartInfo(python, [script, name, StepsARound.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            (start.Environment["OMP_NUM_THREADS"], start.Environment["OPENBLAS_NUM_THREADS"]) = ("1", "1");
            using var peer = Process.Start(start)!;
            version = peer.StandardOutput.ReadLine() ?? throw new InvalidOperationException("peer.py did not start");
            using var ours = new Steps(type);
            ours.Seconds();
            var (best, theirs) = (double.MaxValue, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                peer.StandardInput.WriteLine();
                peer.StandardInput.Flush();
                theirs = Math.Min(
                    theirs,
                    double.Parse(peer.StandardOutput.ReadLine()!.Split(' ')[0], CultureInfo.InvariantCulture)
                );
                for (var i = 0; i < StepsARound; i++)
                    best = Math.Min(best, ours.Seconds());
            }
            peer.StandardInput.Close();
            peer.WaitForExit();
            rows.Add(Row(version, name, theirs, theirs, flops));
            rows.Add(Row("lcs", name, best, theirs, flops));
        }
        Console.WriteLine(
            $"{compute.Description}, 1 thread; {version}; {Config.Counts().Total:N0} parameters, {Batch} x {SeqLen} "
                + $"tokens a step"
        );
        Console.WriteLine();
        Console.WriteLine("| program | dtype | ms a step | GFLOP/s (exact) | as fast as PyTorch |");
        Console.WriteLine("|---|---|---|---|---|");
        rows.ForEach(Console.WriteLine);
    }

    private static string Row(string program, string dtype, double seconds, double theirs, double flops) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"| {program} | {dtype} | {seconds * 1e3:F0} | {flops / seconds / 1e9:F0} | {theirs / seconds:F2} x |"
        );

    private sealed class Steps : IDisposable
    {
        private readonly LanguageModel model;
        private readonly GradientBuffers gradients;
        private readonly AdamW optimizer;
        private readonly BlockWalk walk;
        private readonly Tensor tokens = randint(Config.VocabSize, [Batch, SeqLen + 1]);
        private long count;

        public Steps(ScalarType type)
        {
            model = Config.Build(type, CPU);
            model.Parameters.Initialize(1);
            gradients = new GradientBuffers(model.Parameters);
            optimizer = new AdamW(model.Parameters, new OptimizerConfig());
            optimizer.CopyParametersToMasters();
            walk = new BlockWalk(model, gradients, Recompute.None);
        }

        public double Seconds()
        {
            using var scope = NewDisposeScope();
            var began = Stopwatch.GetTimestamp();
            gradients.Zero();
            walk.ForwardBackward(
                tokens.narrow(1, 0, SeqLen),
                tokens.narrow(1, 1, SeqLen),
                1.0 / (Batch * SeqLen),
                _ => { },
                blockDone: gradients.Measure
            );
            optimizer.Step(gradients, 1e-4, ++count, Math.Max(1, gradients.Norm()));
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        public void Dispose()
        {
            optimizer.Dispose();
            gradients.Dispose();
            model.Dispose();
            tokens.Dispose();
        }
    }
}
