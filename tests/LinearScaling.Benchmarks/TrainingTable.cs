using System.Diagnostics;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;

namespace LinearScaling.Benchmarks;

/// <summary>Training speed of the nano models: whole optimizer steps of 16 x 256 tokens, one thread, fp32, and what
/// share of the measured matrix-product peak they reach.</summary>
internal static class TrainingTable
{
    private const int MicroBatch = 16;
    private const int SeqLen = 256;

    /// <param name="sizes">Sizes to measure; all nano sizes up to 3m when empty.</param>
    public static void Print(string[] sizes)
    {
        var compute = ComputeDevice.Open("cpu", threads: 1);
        var peak = PeakFlops.Measure(ScalarType.Float32, compute.Device);
        Console.WriteLine($"{compute.Description}, 1 thread, matrix-product peak {peak / 1e9:F0} GFLOP/s");
        Console.WriteLine();
        Console.WriteLine("| size | architecture | tokens/s | of llama | share of peak (exact FLOPs) |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var size in sizes.Length > 0 ? sizes : ["nano-100k", "nano-300k", "nano-1m", "nano-3m"])
        {
            // The architectures take turns, so that a slow spell of the machine meets all of them.
            var steps = ModelConfig
                .Variants.Names.Select(name =>
                    (Name: name, Step: new Step(Presets.Find(name, size).Bind<RunConfig>().Model))
                )
                .ToList();
            var best = steps.ToDictionary(s => s.Name, _ => double.MaxValue);
            for (var round = 0; round < 7; round++)
                foreach (var (name, step) in steps)
                    best[name] = Math.Min(best[name], step.Seconds());
            foreach (var (name, step) in steps)
            {
                var rate = MicroBatch * SeqLen / best[name];
                Console.WriteLine(
                    $"| {size} | {name} | {rate:N0} | {best["llama"] / best[name]:F2} | "
                        + $"{rate * step.FlopsPerToken / peak:P0} |"
                );
                step.Dispose();
            }
        }
    }

    /// <summary>A model that is trained on random tokens.</summary>
    internal sealed class Step : IDisposable
    {
        private readonly LanguageModel model;
        private readonly GradientBuffers gradients;
        private readonly AdamW optimizer;
        private readonly BlockWalk walk;
        private readonly Tensor ids;
        private readonly Tensor targets;
        private long count;

        public Step(ModelConfig config, int sequences = MicroBatch, int seqLen = SeqLen)
        {
            model = config.Build(ScalarType.Float32, CPU);
            model.Parameters.Initialize(1);
            gradients = new GradientBuffers(model.Parameters);
            optimizer = new AdamW(model.Parameters, new OptimizerConfig());
            walk = new BlockWalk(model, gradients, Recompute.None);
            ids = randint(config.VocabSize, [sequences, seqLen]);
            targets = randint(config.VocabSize, [sequences, seqLen]);
            FlopsPerToken = config.FlopsPerToken(seqLen)["exact"];
        }

        public double FlopsPerToken { get; }

        /// <summary>Takes an optimizer step.</summary>
        public double Seconds()
        {
            var began = Stopwatch.GetTimestamp();
            Pass();
            optimizer.Step(gradients, 1e-3, ++count);
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        /// <summary>Computes the gradients alone.</summary>
        public double PassSeconds()
        {
            var began = Stopwatch.GetTimestamp();
            Pass();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        private void Pass()
        {
            gradients.Zero();
            walk.ForwardBackward(ids, targets, 1.0 / ids.numel(), _ => { });
        }

        public void Dispose()
        {
            optimizer.Dispose();
            gradients.Dispose();
            model.Dispose();
            ids.Dispose();
            targets.Dispose();
        }
    }
}
