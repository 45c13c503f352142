using System.Diagnostics;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Benchmarks;

/// <summary>Time and state of one decoded token after 1,024 and after 65,536 others: a linear model's do not depend on
/// the position. Two layers of 256, four heads, one thread, fp32, best of 200 tokens.</summary>
internal static class DecodingTable
{
    private static readonly int[] Positions = [1024, 65536];

    public static void Print()
    {
        ComputeDevice.Open("cpu", threads: 1);
        Console.WriteLine("| architecture | position | ms a token | state, KiB | resident, MiB |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (
            ModelConfig config in (ModelConfig[])
                [
                    new TnlConfig
                    {
                        HiddenSize = 256,
                        NumLayers = 2,
                        NumHeads = 4,
                        VocabSize = 1024,
                    },
                    new Hgrn2Config
                    {
                        HiddenSize = 256,
                        NumLayers = 2,
                        NumHeads = 4,
                        VocabSize = 1024,
                    },
                    new CosFormer2Config
                    {
                        HiddenSize = 256,
                        NumLayers = 2,
                        NumHeads = 4,
                        VocabSize = 1024,
                    },
                    new LlamaConfig
                    {
                        HiddenSize = 256,
                        NumLayers = 2,
                        NumHeads = 4,
                        VocabSize = 1024,
                    },
                ]
        )
        {
            using var model = config.Build(ScalarType.Float32, CPU);
            model.Parameters.Initialize(1);
            using var state = model.NewState(1);
            foreach (var position in Positions)
            {
                while (state.Position < position)
                    Extend(model, state, (int)Math.Min(1024, position - state.Position));
                var best = Enumerable.Range(0, 200).Min(_ => Extend(model, state, 1));
                Console.WriteLine(
                    $"| {ModelConfig.Variants.NameOf(config.GetType())} | {position:N0} | {best:F2} | "
                        + $"{state.Bytes / 1024.0:N0} | {Environment.WorkingSet >> 20} |"
                );
            }
        }
    }

    private static double Extend(LanguageModel model, DecodingState state, int tokens)
    {
        using var scope = NewDisposeScope();
        var ids = randint(1024, [1, tokens]);
        var began = Stopwatch.GetTimestamp();
        model.Extend(ids, state);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
