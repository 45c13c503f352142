using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Benchmarks;

/// <summary>Ratios of evaluation speed, each side the fastest of several turns in one process, in processor
/// time.</summary>
internal static class EvaluationTable
{
    /// <summary>As many as ARC-Challenge has, half of ARC-Easy's, a tenth of HellaSwag's: the more there are, the more
    /// have the same length.</summary>
    private const int Questions = 1172;

    private static readonly Workload[] Workloads =
    [
        new("hellaswag, 0-shot", HellaSwag, 0, Questions),
        new("arc_easy, 0-shot", ArcEasy, 0, Questions),
        new("hellaswag, 5-shot", HellaSwag, 5, Questions / 8),
        new("arc_easy, 5-shot", ArcEasy, 5, Questions / 4),
        new("hellaswag, the same 5 shots", HellaSwag, 5, Questions / 8, SameExamples: true),
        new("arc_easy, the same 5 shots", ArcEasy, 5, Questions / 4, SameExamples: true),
    ];

    /// <summary>Deciles of the bytes of 1,000 HellaSwag questions and their endings.</summary>
    private static Lengths HellaSwag =>
        new([78, 125, 164, 202, 233, 254, 274, 295, 321, 352], [35, 56, 85, 114, 134, 151, 167, 184, 206, 247]);

    /// <summary>Deciles of the bytes of ARC-Easy's questions and choices.</summary>
    private static Lengths ArcEasy =>
        new([58, 71, 81, 89, 102, 118, 138, 170, 202, 268], [6, 9, 11, 13, 16, 20, 26, 33, 42, 55]);

    /// <param name="sizes">Sizes to measure; nano-100k when empty.</param>
    public static void Print(string[] sizes)
    {
        ComputeDevice.Open("cpu", threads: 1);
        Console.WriteLine(
            $"| size | architecture | scoring / forward pass | {string.Join(" | ", Workloads.Select(w => w.Name))} |"
        );
        Console.WriteLine($"|---|---|---|{string.Concat(Workloads.Select(_ => "---|"))}");
        var sequences = Workloads.Select(w => w.Sequences()).ToArray();
        Console.WriteLine(
            $"| | tokens saved by sharing | | "
                + $"{string.Join(" | ", Workloads.Select((w, i) => Times(w.TokensSaved(sequences[i]))))} |"
        );
        foreach (var size in sizes.Length > 0 ? sizes : ["nano-100k"])
        foreach (var architecture in ModelConfig.Variants.Names)
        {
            using var model = Presets.Find(architecture, size).Bind<RunConfig>().Model.Build(ScalarType.Float32, CPU);
            model.Parameters.Initialize(1);
            var rows = new Workload("", new([1], [256]), 0, 128, Choices: 1).Sequences();
            var scoring = Ratio(7, () => Forward(model, rows), () => Score(model, rows, shareContext: true));
            var sharing = sequences.Select(s =>
                Ratio(2, () => Score(model, s, shareContext: false), () => Score(model, s, shareContext: true))
            );
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {size} | {architecture} | {100 * scoring:F0} % | {string.Join(" | ", sharing.Select(Times))} |"
                )
            );
        }
    }

    private static string Times(double ratio) => string.Create(CultureInfo.InvariantCulture, $"{ratio:F2}x");

    private static void Score(LanguageModel model, IReadOnlyList<ScoredSequence> sequences, bool shareContext) =>
        new TorchTokenModel(model, 256, shareContext: shareContext).Score(sequences, _ => { }, default);

    /// <summary>Speed of <paramref name="b"/> relative to <paramref name="a"/>.</summary>
    private static double Ratio(int turns, Action a, Action b)
    {
        var (bestA, bestB) = (double.MaxValue, double.MaxValue);
        for (var turn = 0; turn < turns; turn++)
            (bestA, bestB) = (Math.Min(bestA, Seconds(a)), Math.Min(bestB, Seconds(b)));
        return bestA / bestB;
    }

    /// <summary>Processor time, which other work on the machine disturbs least.</summary>
    private static double Seconds(Action action)
    {
        var before = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    /// <summary>What a forward pass costs at least: blocks and the logits of every position, in the same
    /// batches.</summary>
    private static void Forward(LanguageModel model, IReadOnlyList<ScoredSequence> rows)
    {
        using var guard = no_grad();
        foreach (var batch in rows.Chunk(32))
        {
            using var scope = NewDisposeScope();
            var ids = tensor(batch.SelectMany(r => r.Tokens[..^1].Select(t => (long)t)).ToArray())
                .view(batch.Length, -1);
            model.Logits(ids).sum().item<float>();
        }
    }

    /// <param name="Context">Deciles of a question's length.</param>
    /// <param name="Choice">Deciles of a choice's length.</param>
    private sealed record Lengths(int[] Context, int[] Choice);

    /// <summary>Questions of random tokens and real lengths.</summary>
    /// <param name="SameExamples">Whether all questions have the same examples before them.</param>
    private sealed record Workload(
        string Name,
        Lengths Lengths,
        int Shots,
        int Count,
        int Choices = 4,
        bool SameExamples = false
    )
    {
        public List<ScoredSequence> Sequences()
        {
            var random = new Random(1);
            int[] Examples() =>
                [
                    .. Enumerable
                        .Range(0, Shots)
                        .SelectMany(_ =>
                            (int[])[.. Tokens(random, Lengths.Context), .. Tokens(random, Lengths.Choice)]
                        ),
                ];
            var same = Examples();
            var sequences = new List<ScoredSequence>();
            for (var c = 0; c < Count; c++)
            {
                int[] context = [.. SameExamples ? same : Examples(), .. Tokens(random, Lengths.Context)];
                for (var k = 0; k < Choices; k++)
                {
                    var choice = Tokens(random, Lengths.Choice);
                    sequences.Add(new([.. context, .. choice], choice.Length));
                }
            }
            return sequences;
        }

        /// <summary>How many times fewer tokens there are when contexts, and examples that are the same, are counted
        /// once.</summary>
        public double TokensSaved(List<ScoredSequence> sequences)
        {
            var examples = SameExamples
                ? sequences[0].Tokens.AsSpan().CommonPrefixLength(sequences[Choices].Tokens)
                : 0;
            return sequences.Sum(s => (double)s.Tokens.Length)
                / (
                    examples
                    + sequences
                        .Chunk(Choices)
                        .Sum(c => c[0].Tokens.Length - c[0].Scored - examples + c.Sum(s => s.Scored))
                );
        }

        /// <summary>As many tokens as a length between two deciles.</summary>
        private static int[] Tokens(Random random, int[] deciles)
        {
            var at = random.Next(deciles.Length);
            return
            [
                .. Enumerable
                    .Range(0, random.Next(deciles[Math.Max(0, at - 1)], deciles[at] + 1))
                    .Select(_ => random.Next(256)),
            ];
        }
    }
}
