using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Text;
using Parquet;
using Parquet.Schema;

namespace LinearScaling.Tests.Evaluation;

/// <summary>Task files in Parquet, in the columns that Hugging Face publishes.</summary>
public sealed class ParquetDocumentTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-parquet-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>Four rows written by DuckDB 1.5.6 (<c>COPY ... (FORMAT parquet, COMPRESSION snappy)</c>): a struct of
    /// lists, a list of structs, a list of lists, with something absent on every level.</summary>
    [Fact]
    public void Nested_columns_of_another_writer_are_read_level_by_level()
    {
        File.Copy(
            Path.Combine(AppContext.BaseDirectory, "Evaluation", "nested.parquet"),
            Path.Combine(folder, "test.parquet")
        );
        var documents = new TaskSource("", "test", "").Documents(folder).Documents;
        Assert.Equal(
            [
                """{"id":"q1","question":"Why?","choices":{"text":["a","b","c"],"label":"""
                    + """["1","2","3"]},"answerKey":"3","number":7,"share":1.5,"flag":true,"pairs":"""
                    + """[{"w":"x","n":1},{"w":null,"n":null}],"nested":[["u"],[],["v","w"]]}""",
                """{"id":"q2","question":"How?","choices":{"text":["dé😀","e"],"label":"""
                    + """["A","B"]},"answerKey":"A","number":null,"share":null,"flag":null,"pairs":[],"nested":null}""",
                """{"id":"q3","question":"Who?","choices":{"text":["f",null,"g"],"label":"""
                    + """[]},"answerKey":"A","number":9,"share":-2,"flag":false,"pairs":null,"nested":[]}""",
                """{"id":"q4","question":"What?","choices":null,"answerKey":null,"number":10,"share":"""
                    + """0,"flag":false,"pairs":[{"w":"z","n":5}],"nested":[null,["t"]]}""",
            ],
            documents.Select(d => System.Text.RegularExpressions.Regex.Unescape(d.Json.GetRawText()))
        );
        Assert.Equal("test.parquet, row 3", documents[3].Place);
    }

    [Fact]
    public async Task A_struct_of_lists_asks_the_same_as_JSON()
    {
        int[] lists = [0, 1, 1, 0, 1]; // repetition levels of a list of three and a list of two
        var schema = new ParquetSchema(
            new DataField<string>("id"),
            new DataField<string>("question"),
            new StructField(
                "choices",
                new ListField("text", new DataField<string>("element")),
                new ListField("label", new DataField<string>("element"))
            ),
            new DataField<string>("answerKey")
        );
        await Write(
            "arc_easy/test-00000-of-00001.parquet",
            schema,
            2,
            async (group, f) =>
            {
                await group.WriteAsync(f[0], (string[])["q1", "q2"]);
                await group.WriteAsync(f[1], (string[])["Why?", "How?"]);
                await group.WriteAsync(f[2], (string[])["a", "b", "c", "d", "e"], lists);
                await group.WriteAsync(f[3], (string[])["1", "2", "3", "A", "B"], lists);
                await group.WriteAsync(f[4], (string[])["3", "A"]);
            }
        );
        var asked = Requests("arc_easy");
        Directory.Delete(Path.Combine(folder, "arc_easy"), recursive: true);
        string[] json =
        [
            """{"id": "q1", "question": "Why?", "choices": {"text": ["a", "b", "c"], "label": ["1", "2", "3"]},"""
                + """ "answerKey": "3"}""",
            """{"id": "q2", "question": "How?", "choices": {"text": ["d", "e"], "label": ["A", "B"]},"""
                + """ "answerKey": "A"}""",
        ];
        File.WriteAllLines(Path.Combine(folder, "arc_easy.jsonl"), [.. json, .. json]); // a file of two row groups
        Assert.Equal(Requests("arc_easy"), asked);
        Assert.Equal([("Question: How?\nAnswer:", " d"), ("Question: How?\nAnswer:", " e")], asked[3]);
    }

    [Fact]
    public async Task A_list_of_texts_asks_its_endings()
    {
        int[] list = [0, 1, 1, 1];
        var schema = new ParquetSchema(
            new DataField<string>("activity_label"),
            new DataField<string>("ctx_a"),
            new DataField<string>("ctx_b"),
            new ListField("endings", new DataField<string>("element")),
            new DataField<string>("label")
        );
        await Write(
            "hellaswag/data/validation.parquet",
            schema,
            1,
            async (group, f) =>
            {
                await group.WriteAsync(f[0], (string[])["Baking"]);
                await group.WriteAsync(f[1], (string[])["A man stands."]);
                await group.WriteAsync(f[2], (string[])["he"]);
                await group.WriteAsync(f[3], (string[])["sits.", "runs.", "bakes.", "[title] falls."], list);
                await group.WriteAsync(f[4], (string[])["2"]);
            }
        );
        Assert.Equal([" sits.", " runs.", " bakes.", "  falls."], Requests("hellaswag")[0].Select(r => r.Continuation));
        Assert.Equal("Baking: A man stands. He", Requests("hellaswag")[0][0].Context);
    }

    [Fact]
    public async Task Single_columns_are_read_with_their_types()
    {
        await Piqa("piqa/validation.parquet", 1, 0);
        var items = Items("piqa");
        Assert.Equal([("Question: g0\nAnswer:", " x0"), ("Question: g0\nAnswer:", " y0")], Requests("piqa")[0]);
        Assert.Equal(1, items[0].Score([new(-3), new(-2)])["acc"].Value);
        Assert.Equal(1, items[1].Score([new(-1), new(-2)])["acc"].Value);
    }

    [Fact]
    public async Task A_split_in_several_files_is_read_whole_or_not_at_all()
    {
        await Piqa("piqa/validation-00000-of-00002.parquet", 0, 1);
        Assert.Equal(
            $"{folder}/piqa/validation-00001-of-00002.parquet: missing; the split has 2 files and they belong together",
            Assert.Throws<LinearScalingException>(() => Items("piqa")).Message
        );
        await Piqa("piqa/validation-00001-of-00002.parquet", 1);
        Assert.Equal(3, Items("piqa").Count);
    }

    [Fact]
    public async Task Two_files_that_may_be_the_split_are_named()
    {
        await Piqa("piqa/easy/validation.parquet", 0);
        await Piqa("piqa/hard/validation.parquet", 1);
        Assert.Equal(
            $"piqa: both {folder}/piqa/easy/validation.parquet and {folder}/piqa/hard/validation.parquet may be its "
                + $"validation split (ybisk/piqa); keep one of them there",
            Assert.Throws<LinearScalingException>(() => Items("piqa")).Message
        );
    }

    [Fact]
    public void What_is_no_Parquet_is_named()
    {
        Directory.CreateDirectory(Path.Combine(folder, "piqa"));
        File.WriteAllText(Path.Combine(folder, "piqa", "validation.parquet"), "<html>not found</html>");
        Assert.StartsWith(
            $"{folder}/piqa/validation.parquet: cannot be read as Parquet (",
            Assert.Throws<LinearScalingException>(() => Items("piqa")).Message,
            StringComparison.Ordinal
        );
    }

    private Task Piqa(string path, params long[] labels)
    {
        var schema = new ParquetSchema(
            new DataField<string>("goal"),
            new DataField<string>("sol1"),
            new DataField<string>("sol2"),
            new DataField<long>("label")
        );
        return Write(
            path,
            schema,
            1,
            async (group, f) =>
            {
                foreach (var (field, letter) in f.Zip("gxy"))
                    await group.WriteAsync(field, labels.Select((_, i) => $"{letter}{i}").ToArray());
                await group.WriteAsync<long>(f[3], labels);
            }
        );
    }

    private async Task Write(
        string path,
        ParquetSchema schema,
        int rowGroups,
        Func<ParquetRowGroupWriter, DataField[], Task> rows
    )
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
        await using var file = File.Create(Path.Combine(folder, path));
        await using var writer = await ParquetWriter.CreateAsync(schema, file);
        for (var g = 0; g < rowGroups; g++)
        {
            using var group = writer.CreateRowGroup();
            await rows(group, schema.GetDataFields());
        }
    }

    private IReadOnlyList<EvalItem> Items(string task) =>
        TaskList
            .Parse(task)[0]
            .Items(new(new EvalOptions { TaskData = folder }) { Tokenizer = new ByteTokenizer(), SeqLen = 64 });

    private (string Context, string Continuation)[][] Requests(string task) =>
        [
            .. Items(task)
                .Select(i =>
                    i.Requests.Cast<LogLikelihoodRequest>().Select(r => (r.Context, r.Continuation)).ToArray()
                ),
        ];
}
