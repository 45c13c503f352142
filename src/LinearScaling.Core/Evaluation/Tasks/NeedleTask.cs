using System.Globalization;
using LinearScaling.Configuration;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Tasks;

/// <summary>
/// A needle in a haystack: a sentence at every depth of contexts of every length, then a question for it. The study's
/// grid is 35 lengths by 35 depths (arXiv:2406.16690, section 5). No judge: a cell's exact match says whether greedy
/// decoding gives the answer, its probability is the geometric mean over the answer's tokens.
/// </summary>
public abstract record NeedleTask : EvalTask, IValidated
{
    /// <summary>Columns of the grid.</summary>
    [Range(1, 1e4)]
    public int NumLengths { get; init; } = 35;

    /// <summary>Tokens of the shortest context, prompt included.</summary>
    [Range(1, 1e8)]
    public int MinLength { get; init; } = 1000;

    /// <summary>Tokens of the longest.</summary>
    [Range(1, 1e8)]
    public int MaxLength { get; init; } = 16000;

    /// <summary>Rows, from 0 to 100 % of the haystack.</summary>
    [Range(1, 1e4)]
    public int NumDepths { get; init; } = 35;

    /// <summary>alpha_d of the weighted average: each depth weighs that much more than the one above.</summary>
    [Positive]
    public double DepthWeight { get; init; } = 1.0085;

    /// <summary>alpha_c: each length weighs that much more than the one before.</summary>
    [Positive]
    public double LengthWeight { get; init; } = 1.0085;

    /// <summary>A cell whose score reaches it counts as found in niah_score.</summary>
    [Range(0, 1)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>What the averages are over: exact match or probability.</summary>
    public NeedleScore Score { get; init; } = NeedleScore.ExactMatch;

    /// <summary>A text file, or a folder of .txt and .md files; without it the sample corpus, or
    /// TASK-DATA/haystack.</summary>
    public string Haystack { get; init; } = "";

    /// <summary>The sentence that holds the answer.</summary>
    public string Needle { get; init; } =
        "The best thing to do in San Francisco is eat a sandwich and sit in Dolores Park on a sunny day.";

    /// <summary>The question.</summary>
    public string Query { get; init; } =
        "What is the best thing to do in San Francisco? The best thing to do in San Francisco is";

    /// <summary>What must follow the question.</summary>
    public string Answer { get; init; } = "eat a sandwich and sit in Dolores Park on a sunny day.";

    /// <summary>The lengths that the study's tables have columns for.</summary>
    private static readonly int[] ReportedLengths = [2000, 4000, 8000, 16000];

    public override int Version => 1;

    /// <summary>The longest input: every model sees the whole grid, whatever it was trained with.</summary>
    public override int? Window => MaxLength;

    /// <summary>The grid is drawn from them.</summary>
    public override bool KeepsItems => true;

    public override IReadOnlyList<Metric> Metrics(EvalOptions options) =>
        [
            new NeedleMetric("weighted_average", this, g => g.WeightedAverage(DepthWeight, LengthWeight)),
            new NeedleMetric("average", this, g => g.Average),
            new NeedleMetric("niah_score", this, g => g.NiahScore(Threshold, DepthWeight, LengthWeight)),
            new Metric.Mean("exact_match"),
            new Metric.Mean("probability"),
            .. ReportedLengths
                .Where(l => l <= MaxLength && l >= MinLength)
                .Select(l => new NeedleMetric($"at_{l}", this, g => g.Column(g.Nearest(l)))),
        ];

    /// <summary>Lengths of the grid, tokens.</summary>
    public IReadOnlyList<int> Lengths => Spaced(MinLength, MaxLength, NumLengths);

    /// <summary>Depths of the grid, percent.</summary>
    public IReadOnlyList<int> Depths => Spaced(0, 100, NumDepths);

    public IEnumerable<string> Problems()
    {
        if (MaxLength < MinLength)
            yield return $"max_length ({MaxLength}) must not be below min_length ({MinLength})";
    }

    /// <summary>What stands in the haystack.</summary>
    protected abstract string Hidden { get; }

    public override IReadOnlyList<EvalItem> Items(EvalInputs inputs)
    {
        var tokenizer = inputs.Tokenizer;
        var hay = tokenizer.Encode(HaystackText.Read(Haystack, inputs, MaxLength));
        var needle = tokenizer.Encode(" " + Hidden);
        var question = tokenizer.Encode($"\n\n{Query}");
        var answer = tokenizer.Encode(" " + Answer);
        var periods = Enumerable
            .Range(0, hay.Length)
            .Where(i => tokenizer.Decode([hay[i]]).Contains('.', StringComparison.Ordinal))
            .ToArray();
        var items = new List<EvalItem>();
        foreach (var length in Lengths)
        {
            var room = length - needle.Length - question.Length - answer.Length;
            if (room < 1)
                throw EvaluationMistakes.NeedleTooLong(Name, length, room);
            if (hay.Length < room)
                throw EvaluationMistakes.HaystackTooShort(Name, hay.Length, room);
            foreach (var depth in Depths)
                items.Add(
                    Cell(
                        length,
                        depth,
                        [
                            .. hay[..At(depth, room, periods)],
                            .. needle,
                            .. hay[At(depth, room, periods)..room],
                            .. question,
                        ],
                        answer
                    )
                );
        }
        return [.. items.Take(inputs.Limit ?? int.MaxValue)];
    }

    public override IReadOnlyDictionary<string, string> Settings(EvalInputs inputs) =>
        new SortedDictionary<string, string>(base.Settings(inputs).ToDictionary(), StringComparer.Ordinal)
        {
            ["data"] = Checksum.Compute(HaystackText.Read(Haystack, inputs, MaxLength)),
        };

    /// <summary>The token position of the needle: moved back to just after the end of a sentence; at 100 % the very
    /// end.</summary>
    private static int At(int depth, int room, int[] periods)
    {
        var at = (int)Math.Round(depth / 100.0 * room);
        if (depth == 100)
            return room;
        var found = Array.BinarySearch(periods, at);
        var before = found >= 0 ? found - 1 : ~found - 1;
        return before >= 0 ? periods[before] + 1 : 0;
    }

    private static EvalItem Cell(int length, int depth, int[] context, int[] answer) =>
        new(
            $"{length.ToString(CultureInfo.InvariantCulture)}/{depth.ToString(CultureInfo.InvariantCulture)}",
            [new SequenceRequest([.. context, .. answer], answer.Length)],
            answers => new Dictionary<string, Sample>
            {
                ["exact_match"] = new(answers[0].IsGreedy ? 1 : 0),
                ["probability"] = new(Math.Exp(answers[0].LogLikelihood / answer.Length)),
            }
        );

    /// <summary>Rounded linspace.</summary>
    private static int[] Spaced(int from, int to, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => (int)Math.Round(count == 1 ? from : from + (double)(to - from) * i / (count - 1))),
        ];
}

/// <summary>What a needle grid's averages are over.</summary>
public enum NeedleScore
{
    ExactMatch,
    Probability,
}

/// <summary>Question and answer stand in the haystack together.</summary>
public sealed record NeedleEasyTask : NeedleTask
{
    protected override string Hidden => $"{Query} {Answer}";
}

/// <summary>The sentence with the answer alone stands in the haystack.</summary>
public sealed record NeedleStandardTask : NeedleTask
{
    protected override string Hidden => Needle;
}

/// <summary>A number of the whole grid; the samples have the order of its cells.</summary>
internal sealed record NeedleMetric(string Name, NeedleTask Task, Func<NeedleGrid, double> Value) : Metric(Name)
{
    public override string Samples => Task.Score == NeedleScore.ExactMatch ? "exact_match" : "probability";

    public override (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples) =>
        (
            samples.Count == Task.Lengths.Count * Task.Depths.Count
                ? Value(new NeedleGrid(Task.Lengths, Task.Depths, [.. samples.Select(s => s.Value)]))
                : double.NaN,
            null
        );
}
