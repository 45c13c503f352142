using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

/// <summary>Whole tasks, from documents to metrics, under a model whose numbers are known: a byte costs 1 nat when it
/// is ASCII, 3 when not, and ASCII is always its first choice.</summary>
public sealed class HandComputedTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>
    /// " é" costs 1 + 3 + 3 = 7 nats over 1 code point and 2 bytes, " abc" 4 over 3 and 3, " ab" 3 over 2 and 2. By sum
    /// the third is best; a code point -7, -4/3, -3/2: the second; a byte -7/2, -4/3, -3/2: the second. Without the
    /// question each costs the same, so that all are equal and the first wins.
    /// </summary>
    [Theory]
    [InlineData(0, 0, 0, 0, 1)]
    [InlineData(1, 0, 1, 1, 0)]
    [InlineData(2, 1, 0, 0, 0)]
    public void Choices(int gold, double acc, double accNorm, double accBytes, double mutualInfo)
    {
        Write("piqa", $$"""{"query": "Q  ", "choices": ["é", "abc", "ab"], "gold": {{gold}}}""");
        Equal(
            Score("piqa", new() { TaskData = folder, MutualInfo = true }),
            ("acc", acc),
            ("acc_norm", accNorm),
            ("acc_bytes", accBytes),
            ("acc_mutual_info", mutualInfo)
        );
    }

    /// <summary>A window of 8 scores 8 tokens at most: the last 8 of the 11 bytes of " ééééé", 3 nats each, and of the
    /// 13 of the other choice, 1 each.</summary>
    [Fact]
    public void Choices_longer_than_the_window()
    {
        Write("piqa", """{"query": "Question", "choices": ["ééééé", "abcdefghijkl"], "gold": 1}""");
        var answers = Model(8)
            .Answer(
                [new LogLikelihoodRequest("Q", " ééééé"), new LogLikelihoodRequest("Q", " abcdefghijkl")],
                _ => { },
                TestContext.Current.CancellationToken
            );
        Assert.Equal([(-24, 8), (-8, 8)], answers.Select(a => ((int)a.LogLikelihood, a.Tokens)));
        Assert.Equal(1, Score("piqa", new() { TaskData = folder }, window: 8).Values[0].Value);
    }

    /// <summary>The rest of the sentence costs the same after either name.</summary>
    [Fact]
    public void Contexts_of_equal_worth_are_a_tie_and_the_first_wins()
    {
        Write(
            "winogrande",
            """{"sentence": "Al saw Bo as _ ran.", "option1": "Al", "option2": "Bo", "answer": "1"}""",
            """{"sentence": "Al saw Bo as _ ran.", "option1": "Al", "option2": "Bo", "answer": "2"}"""
        );
        Equal(Score("winogrande", new() { TaskData = folder }), ("acc", 0.5));
    }

    /// <summary>" cat" costs 4 and is greedy, " né" 1 + 1 + 6 and is not: perplexity exp(12 / 2).</summary>
    [Fact]
    public void Lambada()
    {
        Write("lambada_openai", """{"text": "the cat"}""", """{"text": "the né"}""");
        Equal(Score("lambada_openai", new() { TaskData = folder }), ("perplexity", Math.Exp(6)), ("acc", 0.5));
    }

    /// <summary>Sentences have no context: the end-of-text token stands there. " ab" costs 3, " é" 7.</summary>
    [Fact]
    public void Sentences_without_context()
    {
        foreach (var (subset, i) in BlimpTask.Subsets.Select((s, i) => (s, i)))
            Write(
                $"blimp/{subset}/train",
                i == 0
                    ? """{"sentence_good": "é", "sentence_bad": "ab"}"""
                    : """{"sentence_good": "ab", "sentence_bad": "é"}"""
            );
        var score = Score("blimp", new() { TaskData = folder });
        Assert.Equal(66.0 / 67, score.Values[0].Value, 12);
        Assert.Equal((0, 1), (score.Values[1].Value, score.Values[2].Value));
    }

    /// <summary>
    /// " né a .\n" has the pieces "", "né", "a", "." and "" between its white space, 5 words as the harness counts, and
    /// 10 bytes; detokenised, " né a.\n", it costs 6 + 2 * 3 = 12, whatever the window cuts it into.
    /// </summary>
    [Theory]
    [InlineData(64)]
    [InlineData(3)]
    public void Wikitext(int window)
    {
        Write("wikitext", """{"page": " né a . \n"}""");
        Equal(
            Score("wikitext", new() { TaskData = folder }, window),
            ("word_perplexity", Math.Exp(12 / 5.0)),
            ("byte_perplexity", Math.Exp(12 / 10.0)),
            ("bits_per_byte", 12 / 10.0 / Math.Log(2))
        );
    }

    /// <summary>"né\n": 4 tokens and bytes, 8 nats.</summary>
    [Fact]
    public void Raw_wikitext()
    {
        File.WriteAllText(Path.Combine(folder, "wikitext_raw.txt"), "né\n");
        Equal(
            Score("wikitext_raw", new() { TaskData = folder }, window: 2),
            ("token_perplexity", Math.Exp(2)),
            ("bits_per_byte", 2 / Math.Log(2))
        );
    }

    /// <summary>Four predictions, one of them the end of text (id 256, 3 nats, no byte), over the 3 bytes of the
    /// text.</summary>
    [Fact]
    public void Validation_loss() =>
        Equal(
            Score(
                "val_loss",
                new(),
                held: new(
                    "",
                    4,
                    () =>
                        new(
                            [
                                ['a', 'b', 256, 'c'],
                                ['c', 'd'],
                            ],
                            3
                        )
                )
            ),
            ("val_loss", 6 / 4.0),
            ("bits_per_byte", 6 / 3.0 / Math.Log(2))
        );

    /// <summary>"né" of the answer costs 8 nats with its space, over 4 tokens; not greedy.</summary>
    [Fact]
    public void Needle()
    {
        File.WriteAllText(
            Path.Combine(folder, "haystack.txt"),
            string.Concat(Enumerable.Repeat("All grass is green. ", 10))
        );
        var task = new NeedleStandardTask
        {
            NumLengths = 1,
            MinLength = 60,
            MaxLength = 60,
            NumDepths = 2,
            Needle = "It is né.",
            Query = "It is",
            Answer = "né",
        };
        var inputs = Inputs(new() { TaskData = folder }, null);
        Equal(
            TaskScorer.Score(
                task,
                inputs,
                task.Items(inputs),
                Model(64),
                cancellationToken: TestContext.Current.CancellationToken
            ),
            ("exact_match", 0),
            ("probability", Math.Exp(-2)),
            ("average", 0)
        );
    }

    private void Write(string name, params string[] lines)
    {
        var path = Path.Combine(folder, name + ".jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
    }

    private static TaskScore Score(string name, EvalOptions options, int window = 64, HeldOutSequences? held = null)
    {
        var (task, inputs) = (TaskList.Parse(name)[0], Inputs(options, held));
        return TaskScorer.Score(
            task,
            inputs,
            task.Items(inputs),
            Model(window),
            cancellationToken: TestContext.Current.CancellationToken
        );
    }

    private static EvalInputs Inputs(EvalOptions options, HeldOutSequences? held) =>
        new(options)
        {
            Tokenizer = new ByteTokenizer(),
            SeqLen = 64,
            HeldOut = held,
        };

    private static TokenizedModel Model(int window) => new(new Priced(), new ByteTokenizer(), window);

    private static void Equal(TaskScore score, params (string Metric, double Value)[] expected)
    {
        foreach (var (metric, value) in expected)
            Assert.Equal(value, score.Values.First(v => v.Metric == metric).Value, 12);
    }

    private sealed class Priced : ITokenModel
    {
        public int SeqLen => 64;

        public IReadOnlyList<SequenceScore> Score(
            IReadOnlyList<ScoredSequence> sequences,
            Action<double> progress,
            CancellationToken cancellationToken
        ) =>
            [
                .. sequences.Select(s => new SequenceScore(
                    -s.Tokens[^s.Scored..].Sum(t => t < 128 ? 1.0 : 3),
                    s.Tokens[^s.Scored..].All(t => t < 128)
                )),
            ];

        public IReadOnlyList<int[]> Generate(
            IReadOnlyList<TokenPrompt> prompts,
            Action<double> progress,
            CancellationToken cancellationToken
        ) => [];
    }
}
