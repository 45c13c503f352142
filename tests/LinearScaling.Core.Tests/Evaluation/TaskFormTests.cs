using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;

namespace LinearScaling.Tests.Evaluation;

/// <summary>The forms that documents come in give the same requests: Hugging Face's columns, those of the original
/// files, prepared questions.</summary>
public sealed class TaskFormTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(
        """{"question": "Why?", "choices": {"text": ["a", "b", "c"], "label": ["1", "2", "3"]}, "answerKey": "2"}"""
    )]
    [InlineData(
        """{"question": {"stem": "Why?", "choices": [{"text": "a", "label": "A"}, {"text": "b", "label": "B"},"""
            + """ {"text": "c", "label": "C"}]}, "answerKey": "B"}"""
    )]
    [InlineData("""{"query": "Question: Why?", "choices": ["a", "b", "c"], "gold": 1}""")]
    public void Arc(string json) => Same("arc_easy", json, 1, "Question: Why?\nAnswer:", " a", " b", " c");

    [Theory]
    [InlineData(
        """{"question_stem": "Plants", "choices": {"text": ["grow", "run"], "label": ["A", "B"]}, "answerKey": " A"}"""
    )]
    [InlineData(
        """{"question": {"stem": "Plants", "choices": [{"text": "grow", "label": "A"}, {"text": "run", "label":"""
            + """ "B"}]}, "answerKey": "A"}"""
    )]
    [InlineData("""{"query": "Plants", "choices": ["grow", "run"], "gold": 0}""")]
    public void Openbookqa(string json) => Same("openbookqa", json, 0, "Plants", " grow", " run");

    [Theory]
    [InlineData("""{"passage": "T -- P.", "question": "is it", "label": 1}""")]
    [InlineData("""{"title": "T", "passage": "T -- P.", "question": "is it", "answer": true}""")]
    [InlineData("""{"query": "Passage: T -- P.\nQuestion: is it?\n", "choices": ["no", "yes"], "gold": 1}""")]
    [InlineData("""{"query": "T -- P.\nQuestion: is it?\nAnswer:", "choices": ["yes", "no"], "gold": 0}""")]
    public void Boolq(string json) => Same("boolq", json, 1, "T -- P.\nQuestion: is it?\nAnswer:", " no", " yes");

    [Theory]
    [InlineData(
        """{"context": "Al fell.", "question": "Why?", "answerA": "ice", "answerB": "no A. here", "answerC":"""
            + """ "rain", "label": "2"}""",
        true
    )]
    [InlineData(
        """{"query": "Context: Al fell.\nQuestion: Why?\nChoices:\nA. ice\nB. no A. here\nAnswer:", "choices":"""
            + """ ["A", "B"], "gold": 1}""",
        false
    )]
    public void Siqa(string json, bool three) =>
        Same("siqa", json, 1, "Q: Al fell. Why?\nA:", [" ice", " no A. here", .. three ? [" rain"] : (string[])[]]);

    [Theory]
    [InlineData(
        """{"question": "Where?", "choices": {"text": ["bank", "mall"], "label": ["A", "B"]}, "answerKey": "B"}"""
    )]
    [InlineData(
        """{"question": {"stem": "Where?", "choices": [{"label": "A", "text": "bank"}, {"label": "B", "text":"""
            + """ "mall"}]}, "answerKey": "B"}"""
    )]
    [InlineData(
        """{"query": "Question: Where?\nChoices:\nA. bank\nB. mall\nAnswer:", "choices": ["A", "B"], "gold": 1}"""
    )]
    [InlineData("""{"query": "Question: Where?\nAnswer:", "choices": ["bank", "mall"], "gold": 1}""")]
    public void Commonsense_qa(string json) =>
        Same("commonsense_qa", json, 1, "Question: Where?\nA. bank\nB. mall\nAnswer:", " A", " B");

    [Theory]
    [InlineData(
        "boolq",
        """{"query": "P.\nQuestion: q?", "choices": ["true", "false"], "gold": 1}""",
        "boolq.jsonl:1: choices and gold: expected yes or no"
    )]
    [InlineData(
        "siqa",
        """{"query": "Context: c\nQuestion: q\nAnswer:", "choices": ["A", "B"], "gold": 1}""",
        "siqa.jsonl:1: query: expected Choices: and below it A. and so on, each on a line"
    )]
    [InlineData(
        "siqa",
        """{"query": "Question: q\nChoices:\nA. x\nAnswer:", "choices": ["A"], "gold": 0}""",
        "siqa.jsonl:1: query: expected Context: and Question:, each on a line"
    )]
    [InlineData(
        "arc_easy",
        """{"question": {"stem": "Why?", "choices": [{"text": "a"}]}, "answerKey": "B"}""",
        "arc_easy.jsonl:1: no field 'label'; it has text"
    )]
    [InlineData("arc_easy", """[1]""", "arc_easy.jsonl[0]: expected fields, 'query' among them, got number")]
    public void A_form_that_is_none_of_them_is_named(string task, string json, string message)
    {
        File.WriteAllText(Path.Combine(folder, task + ".jsonl"), json);
        Assert.Equal(message, Assert.Throws<LinearScalingException>(() => Item(task)).Message);
    }

    /// <summary>Every question of the files in circulation can be asked, and the letters or words asked for are those
    /// of the file.</summary>
    [Theory]
    [InlineData("boolq", "boolq", 3270, 2)]
    [InlineData("siqa", "siqa", 1954, 2)]
    [InlineData("commonsense_qa", "commonsense_qa", 1221, 4)]
    [InlineData("copa", "copa", 100, 2)]
    [InlineData("openbookqa", "openbook_qa", 500, 4)]
    [InlineData("winograd", "winograd_wsc", 273, 2)]
    public void Prepared_files_in_circulation_are_read_whole(string task, string file, int count, int choices)
    {
        File.Copy(TestData.Need($"bench/tasks/{file}.jsonl"), Path.Combine(folder, file + ".jsonl"));
        var items = TaskList.Parse(task)[0].Items(Inputs());
        Assert.Equal(count, items.Count);
        Assert.All(items, i => Assert.Equal(choices, i.Requests.Count));
    }

    private void Same(string task, string json, int gold, string context, params string[] continuations)
    {
        File.WriteAllText(Path.Combine(folder, task + ".jsonl"), json);
        var item = Item(task);
        Assert.Equal(
            continuations.Select(c => (context, c)),
            item.Requests.Cast<LogLikelihoodRequest>().Select(r => (r.Context, r.Continuation))
        );
        Assert.Equal(1, item.Score([.. continuations.Select((_, i) => new Answer(i == gold ? -1 : -2))])["acc"].Value);
    }

    private EvalItem Item(string task) => TaskList.Parse(task)[0].Items(Inputs())[0];

    private EvalInputs Inputs() =>
        new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 };
}
