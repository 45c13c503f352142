using System.Text.Json;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

public sealed class ScrollsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-scrolls-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_summary_is_asked_for_after_the_text()
    {
        var item = Items("scrolls_govreport", "gov_report", ("1", "A long report.", "the report is long"))[0];
        var request = (GenerationRequest)item.Requests[0];
        Assert.Equal("A long report.\n\nQuestion: What is a summary of the preceding text?\nAnswer:", request.Context);
        Assert.Equal(["\n"], request.Until);
        Assert.Equal(100, item.Score([new(0, Text: " The report is long.")])["rouge2"].Value, 1e-12);
    }

    [Fact]
    public void Answers_of_one_question_are_its_references_and_the_best_counts()
    {
        var items = Items(
            "scrolls_narrativeqa",
            "narrative_qa",
            ("1", "Who?\n\nIt was Ann.", "Bob"),
            ("1", "Who?\n\nIt was Ann.", "Ann"),
            ("2", "Where?\n\nIt was Ann.", "here")
        );
        Assert.Equal(2, items.Count);
        Assert.Equal("It was Ann.\n\nQuestion: Who?\nAnswer:", ((GenerationRequest)items[0].Requests[0]).Context);
        Assert.Equal(100, items[0].Score([new(0, Text: " Ann")])["f1"].Value, 1e-12);
        Assert.Equal(items[0].Document, items[1].Document);
    }

    [Fact]
    public void Qasper_chooses_between_yes_and_no_and_says_unanswerable_for_nothing()
    {
        var items = Items(
            "scrolls_qasper",
            "qasper",
            ("1", "Is it?\n\nPaper.", "Yes"),
            ("2", "What?\n\nPaper.", "Unanswerable")
        );
        Assert.Equal([" yes", " no"], items[0].Requests.Cast<LogLikelihoodRequest>().Select(r => r.Continuation));
        Assert.Equal(100, items[0].Score([new(-1), new(-2)])["f1"].Value);
        Assert.Equal(100, items[1].Score([new(0, Text: "  ")])["f1"].Value);
    }

    [Fact]
    public void Quality_takes_its_choices_out_of_the_input()
    {
        var item = Items(
            "scrolls_quality",
            "quality",
            ("1", "Who?\n\n (A) Ann  B. (B) Bob (C) Cy\n (D) Di\n\n\nThe story.", "Ann B.")
        )[0];
        Assert.Equal(
            ("The story.\n\nQuestion: Who?\nAnswer:", " Ann B."),
            (((LogLikelihoodRequest)item.Requests[0]).Context, ((LogLikelihoodRequest)item.Requests[0]).Continuation)
        );
        Assert.Equal(
            [" Ann B.", " Bob", " Cy", " Di"],
            item.Requests.Cast<LogLikelihoodRequest>().Select(r => r.Continuation)
        );
        Assert.Equal(100, item.Score([new(-1), new(-9), new(-9), new(-9)])["em"].Value);
    }

    [Fact]
    public void Contract_nli_asks_for_a_conclusion()
    {
        var item = Items("scrolls_contractnli", "contract_nli", ("1", "May sell.\n\nNo sale.", "Contradiction"))[0];
        Assert.Equal(
            "No sale.\n\nHypothesis: May sell.\nConclusion:",
            ((LogLikelihoodRequest)item.Requests[0]).Context
        );
        Assert.Equal(1, item.Score([new(-20), new(-20), new(-1)])["acc"].Value);
    }

    private IReadOnlyList<EvalItem> Items(
        string task,
        string dataSet,
        params (string Id, string Input, string Output)[] documents
    )
    {
        Directory.CreateDirectory(Path.Combine(folder, "scrolls", dataSet));
        File.WriteAllLines(
            Path.Combine(folder, "scrolls", dataSet, "validation.jsonl"),
            documents.Select(d =>
                JsonSerializer.Serialize(
                    new
                    {
                        id = d.Id,
                        pid = d.Id + "_0",
                        input = d.Input,
                        output = d.Output,
                    }
                )
            )
        );
        return TaskList
            .Parse(task)[0]
            .Items(new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 });
    }
}
