using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

/// <summary>Our requests against the exact strings that OLMES published, letter for letter.</summary>
/// <remarks>
/// Where OLMES chose another wording than the harness, <see cref="Harness"/> says which and rewrites its strings;
/// nothing else may differ. Documents whose id begins at 1,000,000 are OLMES's unconditional requests, with the context
/// "Answer:" where the harness has none: their continuations are compared alone.
/// </remarks>
public sealed class ExactRequestTests : IDisposable
{
    private const int Unconditional = 1_000_000;

    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("arc_easy__rc_0shot", "arc_easy", 0)]
    [InlineData("arc_challenge__rc_0shot", "arc_challenge", 0)]
    [InlineData("arc_easy__test_rc_5shot", "arc_easy", 5)]
    [InlineData("arc_challenge__test_rc_5shot", "arc_challenge", 5)]
    [InlineData("boolq__rc_0shot", "boolq", 0)]
    [InlineData("copa__rc_0shot", "copa", 0)]
    [InlineData("hellaswag__rc_5shot", "hellaswag", 5)]
    [InlineData("openbookqa__rc_0shot", "openbookqa", 0)]
    [InlineData("piqa__rc_0shot", "piqa", 0)]
    [InlineData("piqa__rc_5shot", "piqa", 5)]
    [InlineData("sciq__rc_0shot", "sciq", 0)]
    [InlineData("socialiqa__rc_0shot", "siqa", 0)]
    [InlineData("winogrande__rc_0shot", "winogrande", 0)]
    public void Requests_equal_the_published_ones(string file, string taskName, int numFewshot)
    {
        var published = GzippedJson.Lines(TestData.Need($"bench/exact-requests/{file}.requests.jsonl.gz")).ToList();
        var documents = published.GroupBy(r => r.GetProperty("doc_id").GetInt32()).OrderBy(g => g.Key).ToList();
        var asked = documents.Where(d => d.Key < Unconditional).ToList();
        File.WriteAllLines(Path.Combine(folder, taskName + ".jsonl"), asked.Select(d => Columns(taskName, d.First())));
        if (numFewshot > 0)
            WriteExamples(taskName, Text(asked[0].First(), "context"), numFewshot);

        // OLMES asks yes before no, as the harness of 2021 did; of 2021's other differences none occurs in these files
        // but sciq's missing passages.
        var inputs = new EvalInputs(
            new EvalOptions
            {
                TaskData = folder,
                NumFewshot = numFewshot,
                Compat = taskName is "boolq" or "sciq",
            }
        )
        {
            Tokenizer = new ByteTokenizer(),
            SeqLen = 2048,
        };
        var task = TaskList.Parse(taskName)[0];
        var items = task.Items(inputs);
        Assert.Equal(asked.Count, items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            (string, string)[] expected =
            [
                .. asked[i].Select(r => (Harness(taskName, Text(r, "context")), Text(r, "continuation"))),
            ];
            Assert.Equal(
                expected,
                items[i].Requests.Cast<LogLikelihoodRequest>().Select(r => (r.Context, r.Continuation))
            );
            var label = asked[i].First().GetProperty("label").GetInt32();
            var best = Enumerable.Range(0, expected.Length).Select(c => new Answer(c == label ? -1 : -2)).ToList();
            Assert.Equal(1, items[i].Score(best)["acc"].Value);
        }

        var alone = documents.Where(d => d.Key >= Unconditional).SelectMany(d => d).ToList();
        Assert.All(alone, r => Assert.Equal("Answer:", Text(r, "context")));
        if (alone.Count > 0)
            Assert.Equal(
                asked.SelectMany(d => d).Select(r => Text(r, "continuation")),
                alone.Select(r => Text(r, "continuation"))
            );
    }

    /// <summary>CommonsenseQA: OLMES scores the choices' words after the question, the harness letters after the
    /// lettered choices: the question is common to both.</summary>
    [Fact]
    public void Commonsense_questions_equal_the_published_ones_up_to_the_choices()
    {
        var task = (MultipleChoiceTask)TaskList.Parse("commonsense_qa")[0];
        foreach (
            var r in GzippedJson
                .Lines(TestData.Need("bench/exact-requests/csqa__rc_0shot.requests.jsonl.gz"))
                .Where(r => r.GetProperty("doc_id").GetInt32() < Unconditional)
                .DistinctBy(r => r.GetProperty("doc_id").GetInt32())
        )
        {
            var doc = r.GetProperty("doc");
            var text = Text(r, "context")["Question: ".Length..^"\nAnswer:".Length];
            var question = task.Question(new(doc, "csqa"), new());
            var choices = doc.GetProperty("choices")
                .EnumerateArray()
                .Select((c, i) => $"\n{"ABCDE"[i]}. {c.GetString()}");
            Assert.Equal($"Question: {text}{string.Concat(choices)}\nAnswer:", question.Context);
            Assert.Equal(doc.GetProperty("gold").GetInt32(), question.Gold);
        }
    }

    /// <summary>A published context in the harness's wording.</summary>
    private static string Harness(string task, string context) =>
        task switch
        {
            // OLMES says goal where the harness says question
            "piqa" => context.Replace("Goal: ", "Question: ", StringComparison.Ordinal),
            "openbookqa" => context["Question: ".Length..^"\nAnswer:".Length], // the harness gives the stem alone
            "siqa" => "Q: " + context["Question: ".Length..^"\nAnswer:".Length] + "\nA:", // the harness abbreviates
            "sciq" => context, // 2021 form: without the harness's empty first line where there is no passage
            _ => context,
        };

    /// <summary>A published document in the data set's own columns where those are kept, else as a prepared
    /// question.</summary>
    private static string Columns(string task, JsonElement request)
    {
        var doc = JsonNode.Parse(request.GetProperty("doc").GetRawText())!.AsObject();
        if (task == "openbookqa")
            doc["query"] = Harness(task, (string)doc["query"]!);
        return doc.ToJsonString();
    }

    /// <summary>The published examples, read back from the context, as fixed examples of ours.</summary>
    private void WriteExamples(string task, string context, int count)
    {
        Directory.CreateDirectory(Path.Combine(folder, task));
        File.WriteAllLines(
            Path.Combine(folder, task, "fewshot.jsonl"),
            context
                .Split("\n\n")
                .Take(count)
                .Select(example =>
                {
                    var answer = task == "hellaswag" ? -1 : example.IndexOf("\nAnswer: ", StringComparison.Ordinal);
                    return task switch
                    {
                        "hellaswag" => new JsonObject
                        {
                            ["query"] = example[..example.LastIndexOf(' ')],
                            ["choices"] = new JsonArray(example[(example.LastIndexOf(' ') + 1)..]),
                            ["gold"] = 0,
                        },
                        "piqa" => new JsonObject
                        {
                            ["goal"] = example["Goal: ".Length..answer],
                            ["sol1"] = example[(answer + "\nAnswer: ".Length)..],
                            ["sol2"] = "",
                            ["label"] = 0,
                        },
                        _ => new JsonObject
                        {
                            ["question"] = example["Question: ".Length..answer],
                            ["choices"] = new JsonObject
                            {
                                ["text"] = new JsonArray(example[(answer + "\nAnswer: ".Length)..]),
                                ["label"] = new JsonArray("A"),
                            },
                            ["answerKey"] = "A",
                        },
                    };
                })
                .Select(o => o.ToJsonString())
        );
    }

    private static string Text(JsonElement request, string part) =>
        request.GetProperty("request").GetProperty(part).GetString()!;
}
