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
    /// <summary>Bytes of context and of each of four choices: HellaSwag's and ARC's usual ones.</summary>
    private static readonly (string Name, int Context, int Choice)[] tasks = [("hellaswag", 240, 110), ("arc", 140, 26)];

    /// <param name="sizes">Sizes to measure; nano-100k and nano-1m when empty.</param>
    public static void Print(string[] sizes)
    {
        ComputeDevice.Open("cpu", threads: 1);
        Console.WriteLine("| size | architecture | sharing contexts, hellaswag | arc | scoring / forward pass |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var size in sizes.Length > 0 ? sizes : ["nano-100k", "nano-1m"])
            foreach (var architecture in ModelConfig.Variants.Names)
            {
                using var model = Presets.Find(architecture, size).Bind<RunConfig>().Model.Build(ScalarType.Float32, CPU);
                model.Parameters.Initialize(1);
                var sharing = tasks.Select(t =>
                {
                    var questions = Questions(contexts: 40, t.Context, choices: 4, t.Choice);
                    return Ratio(() => Score(model, questions, shareContext: false), () => Score(model, questions, shareContext: true));
                }).ToArray();
                var rows = Questions(contexts: 64, contextLength: 1, choices: 1, choiceLength: 256);
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
        var ratios = Enumerable.Range(0, 9).Select(_ => Seconds(a) / Seconds(b)).Order().ToArray();
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

    private static List<ScoredSequence> Questions(int contexts, int contextLength, int choices, int choiceLength)
    {
        var random = new Random(1);
        var sequences = new List<ScoredSequence>();
        for (var c = 0; c < contexts; c++)
        {
            int[] context = [.. Enumerable.Range(0, contextLength).Select(_ => random.Next(256))];
            for (var k = 0; k < choices; k++)
                sequences.Add(new([.. context, .. Enumerable.Range(0, choiceLength).Select(_ => random.Next(256))], choiceLength));
        }
        return sequences;
    }
}
