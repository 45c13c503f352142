using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

public sealed class TaskFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_missing_file_says_what_to_put_where()
    {
        var error = Assert.Throws<LinearScalingException>(() => TaskList.Parse("hellaswag")[0].Items(Inputs()));
        Assert.Equal(
            $"hellaswag: no task data in {folder}; put the validation split of Rowan/hellaswag (Hugging Face) there "
                + $"as hellaswag/validation.parquet, or the same documents as hellaswag.jsonl; --task-data names "
                + $"another directory",
            error.Message
        );
    }

    [Theory]
    [InlineData("""{"goal": "a"}""", "piqa.jsonl:1: no field 'sol1'; it has goal")]
    [InlineData(
        """{"goal": "a", "sol1": "b", "sol2": "c", "label": "x"}""",
        "piqa.jsonl:1: label: expected an integer"
    )]
    [InlineData(
        """{"goal": "a", "sol1": "b", "sol2": "c", "label": 2}""",
        "piqa.jsonl:1: answer: expected one of 2 choices"
    )]
    public void A_wrong_document_is_named(string json, string message)
    {
        File.WriteAllText(Path.Combine(folder, "piqa.jsonl"), json);
        Assert.Equal(
            message,
            Assert.Throws<LinearScalingException>(() => TaskList.Parse("piqa")[0].Items(Inputs())).Message
        );
    }

    [Fact]
    public void Few_shot_examples_come_from_the_other_documents_and_depend_on_the_seed()
    {
        File.WriteAllLines(
            Path.Combine(folder, "piqa.jsonl"),
            Enumerable
                .Range(0, 9)
                .Select(i => $$"""{"goal": "g{{i}}", "sol1": "x{{i}}", "sol2": "y{{i}}", "label": {{i % 2}}}""")
        );
        string[] Contexts(int seed) =>
            [
                .. TaskList
                    .Parse("piqa")[0]
                    .Items(Inputs() with { NumFewshot = 3, FewshotSeed = seed })
                    .Select(i => ((LogLikelihoodRequest)i.Requests[0]).Context),
            ];
        var contexts = Contexts(1234);
        Assert.Equal(contexts, Contexts(1234));
        Assert.NotEqual(contexts, Contexts(7));
        for (var i = 0; i < 9; i++)
        {
            var parts = contexts[i].Split("\n\n");
            Assert.Equal(4, parts.Length);
            Assert.Equal($"Question: g{i}\nAnswer:", parts[3]);
            Assert.DoesNotContain(parts[..3], p => p.Contains($"g{i}\n", StringComparison.Ordinal));
            Assert.All(parts[..3], p => Assert.Matches(@"^Question: g(\d)\nAnswer: [xy]\1$", p));
        }
    }

    [Fact]
    public void Raw_wikitext_is_a_text_or_the_published_rows()
    {
        File.WriteAllLines(
            Path.Combine(folder, "wikitext_raw.jsonl"),
            ["""{"text": ""}""", """{"text": " = Title = \n"}"""]
        );
        var task = TaskList.Parse("wikitext_raw")[0];
        Assert.Equal(" = Title = \n", ((RollingRequest)task.Items(Inputs())[0].Requests[0]).Text);
        var hash = task.Settings(Inputs())["data"];
        File.Delete(Path.Combine(folder, "wikitext_raw.jsonl"));
        File.WriteAllText(Path.Combine(folder, "wikitext_raw.txt"), " = Title = \n");
        Assert.Equal(" = Title = \n", ((RollingRequest)task.Items(Inputs())[0].Requests[0]).Text);
        Assert.Equal(hash, task.Settings(Inputs())["data"]);
    }

    [Theory]
    [InlineData("piqa.max=3", "--set piqa.max=3: expected TASK.KEY=VALUE with one of the chosen tasks: needle_easy")]
    [InlineData("needle_easy.num_lengths=0", "--set num_lengths: must be between 1 and 10000, got 0")]
    public void A_wrong_setting_of_a_task_is_named(string setting, string message) =>
        Assert.Equal(
            message,
            Assert.ThrowsAny<LinearScalingException>(() => TaskList.Parse("needle_easy", [setting])).Message
        );

    private EvalInputs Inputs() =>
        new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 };
}
