using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Evaluation.Scores;
using LinearScaling.Evaluation.Tasks;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

/// <summary>
/// The harness's own test of stable versions: documents shuffled by Python's Random(42), SHA-256 of the requests as
/// Python's JSON, and the results under a model that answers -random() from Random(42).
/// </summary>
public sealed class HarnessHashTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(
        "winograd",
        "bench/tasks/winograd_wsc.jsonl",
        "26450d414c4581feb51a09882080e7a9b95882e7eab47b1751a4a6024b5a60ee",
        0.5164835164835165,
        null
    )]
    [InlineData(
        "winogrande",
        "bench/tasks/winogrande.jsonl",
        "90a3eff49de9173964d46f5ed57bcf9a78a72dd1bfe0e5323b25cebb40b49ea9",
        0.516179952644041,
        null
    )]
    [InlineData(
        "winogrande",
        "bench/exact-requests/winogrande__rc_0shot.requests.jsonl.gz",
        "90a3eff49de9173964d46f5ed57bcf9a78a72dd1bfe0e5323b25cebb40b49ea9",
        0.516179952644041,
        null
    )]
    [InlineData(
        "openbookqa",
        "bench/tasks/openbook_qa.jsonl",
        "78a49a0ca1a47373adb33463b1d092e6bc0d8f4b01bcb380ada48065037849d7",
        0.214,
        0.276
    )]
    [InlineData(
        "piqa",
        "bench/exact-requests/piqa__rc_0shot.requests.jsonl.gz",
        "6048a3a2bb3ad1e6a3d98139618e06b4d7de766edd685bd38837596199c3f69f",
        0.514145810663765,
        0.5114254624591947
    )]
    [InlineData(
        "arc_easy",
        "bench/exact-requests/arc_easy__test_rc_5shot.requests.jsonl.gz",
        "ffa6e39a35a16299dcb015f17f986aaa598ad8b4840c4cebe0339a7042232741",
        0.2474747474747475,
        0.24074074074074073
    )]
    [InlineData(
        "arc_challenge",
        "bench/exact-requests/arc_challenge__test_rc_5shot.requests.jsonl.gz",
        "41c34c96cca8ace661911d0033d630c554b283f5a3953bcdc50720ae6b00a9c1",
        0.24488054607508533,
        0.2440273037542662
    )]
    [InlineData(
        "boolq",
        "bench/exact-requests/boolq__rc_0shot.requests.jsonl.gz",
        "6577e0d88572772ef08e64f624c0e3df0953286ae1f118ccef15623b59ffeabf",
        0.5048929663608562,
        null
    )]
    [InlineData(
        "copa",
        "bench/exact-requests/copa__rc_0shot.requests.jsonl.gz",
        "66276b9045b5300cba4b81340db06f674f031fa0b8883714ad0d03be464cd799",
        0.48,
        null
    )]
    [InlineData(
        "hellaswag",
        null,
        "abb808c97d6529eda6c11067837a132c62d25cba0394d720f80cca6df9f7196e",
        0.24965146385182235,
        0.24756024696275641
    )]
    [InlineData("sciq", null, "71cbb6e2a7ac4512c3761ea801d420eb3fac49d158c7e4deaa3ab8727bea923c", 0.234, 0.239)]
    public void Requests_and_scores_equal_the_harness(
        string task,
        string? file,
        string sha256,
        double acc,
        double? accNorm
    )
    {
        var shuffled = Shuffled((DocumentTask)TaskList.Parse(task)[0], file);
        Assert.Equal(sha256, Hash(shuffled));
        var score = TaskScorer.Score(
            TaskList.Parse(task)[0],
            new(),
            shuffled,
            new FakeModel(1),
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(acc, Value(score, "acc"), 1e-12);
        if (accNorm is { } expected)
            Assert.Equal(expected, Value(score, "acc_norm"), 1e-12);
    }

    /// <summary>The harness of 2021 asked every LAMBADA request twice, once for the log-likelihood and once for the
    /// greedy flag.</summary>
    [Theory]
    [InlineData(
        "lambada_openai",
        "bench/tasks/lambada_openai.jsonl",
        "6829e6a8aa5922e6c92dd31403cc060f242dc0ede4a775e085a70da095ab2e20"
    )]
    [InlineData("lambada_standard", null, "8958d9f8d8145046b692fadd8a9cc9c8bad5617c10774280cf7c24c21d2be160")]
    public void Lambada_equals_the_harness(string task, string? file, string sha256)
    {
        var shuffled = Shuffled((DocumentTask)TaskList.Parse(task)[0], file);
        Assert.Equal(sha256, Hash([.. shuffled.Select(i => i with { Requests = [i.Requests[0], i.Requests[0]] })]));
        var score = TaskScorer.Score(
            TaskList.Parse(task)[0],
            new(),
            shuffled,
            new FakeModel(2),
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(1.6479047769869253, Value(score, "perplexity"), 1e-12);
        Assert.Equal(0.006497321146240192, score.Values[0].Stderr!.Value, 5e-4); // theirs is a bootstrap of 10
    }

    [Fact]
    public void Wikitext_equals_the_harness()
    {
        var shuffled = Shuffled(new WikitextTask(), null);
        Assert.Equal("b6f83e6cf7535ee41b0057c3e2ec2cf7f2fa5a9119b305c479a83091d1142b2c", Hash(shuffled));
        var score = TaskScorer.Score(
            new WikitextTask(),
            new(),
            shuffled,
            new FakeModel(1),
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(1.000118710696617, Value(score, "word_perplexity"), 1e-12);
        Assert.Equal(3.202519859941674e-05, Value(score, "bits_per_byte"), 1e-12);
    }

    [Fact]
    public void Blimp_equals_the_harness_in_every_phenomenon()
    {
        var inputs = Inputs(Path.GetDirectoryName(TestData.Need("bench/blimp"))!);
        var items = new BlimpTask()
            .Items(inputs)
            .GroupBy(i => i.Id.Split('/')[0])
            .ToDictionary(g => g.Key, g => g.ToList());
        var different = new List<string>();
        foreach (
            var line in HarnessGoldens
                .Blimp.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(' '))
        )
        {
            var shuffled = items[line[0]];
            new PythonRandom(42).Shuffle(shuffled);
            var score = TaskScorer.Score(
                new BlimpTask(),
                new(),
                shuffled,
                new FakeModel(1),
                cancellationToken: TestContext.Current.CancellationToken
            );
            if (Hash(shuffled) != line[1])
                different.Add(line[0]);
            else
                Assert.Equal(double.Parse(line[2], CultureInfo.InvariantCulture), Value(score, line[0]), 1e-12);
        }
        Assert.Empty(different);
        Assert.Equal(67, BlimpTask.Subsets.Count);
    }

    [Fact]
    public void The_generator_is_Pythons()
    {
        var random = new PythonRandom(42);
        Assert.Equal(
            [0.6394267984578837, 0.025010755222666936, 0.27502931836911926],
            [random.NextDouble(), random.NextDouble(), random.NextDouble()]
        );
        int[] items = [.. Enumerable.Range(0, 10)];
        new PythonRandom(42).Shuffle(items);
        Assert.Equal([7, 3, 2, 8, 5, 6, 9, 4, 0, 1], items);
        var sampler = new PythonRandom(1234);
        int[] hundred = [.. Enumerable.Range(0, 100)];
        Assert.Equal([99, 56, 14, 0, 11], sampler.Sample(hundred, 5));
        Assert.Equal([74, 4, 85, 88, 10, 12], sampler.Sample(hundred, 6));
        Assert.Equal([5, 3, 0], sampler.Sample(hundred[..10], 3));
    }

    private List<EvalItem> Shuffled(DocumentTask task, string? file)
    {
        var inputs = Inputs(file is null ? TaskData(task) : folder);
        if (file is not null)
            Copy(TestData.Need(file), Path.Combine(folder, task.Source.Folder + ".jsonl"));
        var items = task.Items(inputs).ToList();
        new PythonRandom(42).Shuffle(items);
        return items;
    }

    /// <summary>Data that is not at hand here is looked for where LCS_TASK_DATA says.</summary>
    private static string TaskData(DocumentTask task)
    {
        var directory = Environment.GetEnvironmentVariable("LCS_TASK_DATA");
        Assert.SkipWhen(directory is null, $"needs {task.Source.Published} in the directory that LCS_TASK_DATA names");
        return directory!;
    }

    private static void Copy(string from, string to)
    {
        if (!from.EndsWith(".gz", StringComparison.Ordinal))
            File.Copy(from, to);
        else
            File.WriteAllLines(
                to,
                GzippedJson
                    .Lines(from)
                    .Where(r => r.GetProperty("doc_id").GetInt32() < 1_000_000)
                    .DistinctBy(r => r.GetProperty("doc_id").GetInt32())
                    .Select(r => r.GetProperty("doc").GetRawText())
            );
    }

    private static EvalInputs Inputs(string taskData) =>
        new(new EvalOptions { TaskData = taskData, Compat = true }) { Tokenizer = new ByteTokenizer(), SeqLen = 2048 };

    private static string Hash(IEnumerable<EvalItem> items)
    {
        var json = new StringBuilder("[");
        foreach (var request in items.SelectMany(i => i.Requests))
        {
            if (json.Length > 1)
                json.Append(", ");
            string[] parts = request switch
            {
                LogLikelihoodRequest r => [r.Context, r.Continuation],
                RollingRequest r => [r.Text],
                _ => [],
            };
            json.Append('[');
            for (var i = 0; i < parts.Length; i++)
                PythonText.AppendJson(i == 0 ? json : json.Append(", "), parts[i]);
            json.Append(']');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(json.Append(']').ToString())));
    }

    private static double Value(TaskScore score, string metric) => score.Values.First(v => v.Metric == metric).Value;

    /// <param name="draws">Random numbers a request: the first one counts.</param>
    private sealed class FakeModel(int draws) : IEvaluatedModel
    {
        public IReadOnlyList<Answer> Answer(
            IReadOnlyList<Request> requests,
            Action<double> progress,
            CancellationToken cancellationToken
        )
        {
            var random = new PythonRandom(42);
            return [.. requests.Select(_ => new Answer(Draw(random)))];
        }

        private double Draw(PythonRandom random)
        {
            var first = -random.NextDouble();
            for (var i = 1; i < draws; i++)
                random.NextDouble();
            return first;
        }
    }
}
