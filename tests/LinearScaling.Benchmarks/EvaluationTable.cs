using System.Diagnostics;
using System.Globalization;
using LinearScaling.Cli;
using LinearScaling.Evaluation;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Evaluation;
using LinearScaling.Torch.Training;

namespace LinearScaling.Benchmarks;

/// <summary>Ratios of evaluation speed, measured in turns in one process so that a busy machine slows both sides alike.</summary>
internal static class EvaluationTable
{
    /// <summary>Bytes of contexts and of choices: the deciles of HellaSwag and of ARC-Easy.</summary>
    private static readonly (string Name, int[] Context, int[] Choice)[] tasks =
    [
        ("hellaswag", [78, 125, 164, 202, 233, 254, 274, 295, 321, 352], [35, 56, 85, 114, 134, 151, 167, 184, 206, 247]),
        ("arc_easy", [58, 71, 81, 89, 102, 118, 138, 170, 202, 268], [6, 9, 11, 13, 16, 20, 26, 33, 42, 55]),
    ];

    /// <param name="sizes">Sizes to measure; nano-100k and nano-1m when empty.</param>
    public static void Print(string[] sizes)
    {
        ComputeDevice.Open("cpu", threads: 1);
        var questions = tasks.Select(t => Questions(contexts: 50, t.Context, choices: 4, t.Choice)).ToArray();
        var tokens = questions.Select(q => (double)q.Sum(s => s.Tokens.Length) / q.Chunk(4).Sum(c => c[0].Tokens.Length - c[0].Scored + c.Sum(s => s.Scored))).ToArray();
        Console.WriteLine("| size | architecture | sharing contexts, hellaswag | arc_easy | scoring / forward pass |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| | tokens saved | {tokens[0]:F2}x | {tokens[1]:F2}x | |"));
        foreach (var size in sizes.Length > 0 ? sizes : ["nano-100k", "nano-1m"])
            foreach (var architecture in ModelConfig.Variants.Names)
            {
                using var model = Presets.Find(architecture, size).Bind<RunConfig>().Model.Build(ScalarType.Float32, CPU);
                model.Parameters.Initialize(1);
                var sharing = questions.Select(q => Ratio(() => Score(model, q, shareContext: false), () => Score(model, q, shareContext: true))).ToArray();
                var rows = Questions(contexts: 64, [1], choices: 1, [256]);
                var scoring = Ratio(() => Forward(model, rows), () => Score(model, rows, shareContext: true));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {size} | {architecture} | {sharing[0]:F2}x | {sharing[1]:F2}x | {scoring:P0} |"));
            }
    }

    private static void Score(LanguageModel model, IReadOnlyList<ScoredSequence> sequences, bool shareContext) =>
        new TorchTokenModel(model, 256, 8192, shareContext).Score(sequences, _ => { }, default);

    /// <summary>Speed of <paramref name="b"/> relative to <paramref name="a"/>: the median over turns.</summary>
    private static double Ratio(Action a, Action b)
    {
        a();
        b();
        var ratios = Enumerable.Range(0, 3).Select(_ => Seconds(a) / Seconds(b)).Order().ToArray();
        return ratios[ratios.Length / 2];
    }

    private static double Seconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>What a forward pass costs at least: blocks and the logits of every position, in the same batches.</summary>
    private static void Forward(LanguageModel model, IReadOnlyList<ScoredSequence> rows)
    {
        using var guard = no_grad();
        foreach (var batch in rows.Chunk(32))
        {
            using var scope = NewDisposeScope();
            var ids = tensor(batch.SelectMany(r => r.Tokens[..^1].Select(t => (long)t)).ToArray()).view(batch.Length, -1);
            model.Logits(ids).sum().item<float>();
        }
    }

    /// <summary>A length between two deciles.</summary>
    private static int Length(Random random, int[] deciles)
    {
        var at = random.Next(deciles.Length);
        return random.Next(deciles[Math.Max(0, at - 1)], deciles[at] + 1);
    }

    private static List<ScoredSequence> Questions(int contexts, int[] contextLengths, int choices, int[] choiceLengths)
    {
        var random = new Random(1);
        var sequences = new List<ScoredSequence>();
        for (var c = 0; c < contexts; c++)
        {
            int[] context = [.. Enumerable.Range(0, Length(random, contextLengths)).Select(_ => random.Next(256))];
            for (var k = 0; k < choices; k++)
            {
                var length = Length(random, choiceLengths);
                sequences.Add(new([.. context, .. Enumerable.Range(0, length).Select(_ => random.Next(256))], length));
            }
        }
        return sequences;
    }
}
