using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Laws.Points;
using LinearScaling.Text;

namespace LinearScaling.Tests.Fuzz;

/// <summary>Generated inputs, read by lcs and by an independent reader.</summary>
public sealed class DifferentialTests : IDisposable
{
    private const int NumTexts = 5000;
    private const int NumTables = 10_000;

    private readonly string folder = Directory.CreateTempSubdirectory("lcs-differential-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("tokenizers/gpt2/tokenizer.json")]
    [InlineData("tokenizers/neox20b/tokenizer.json")]
    [InlineData("tokenizers/llama2/tokenizer.json")]
    [InlineData("")]
    public void Ids_are_those_of_the_Hugging_Face_library(string published)
    {
        var file = published == "" ? Written("tokenizer.json", Seeds.Text("tokenizer.json")) : TestData.Need(published);
        var texts = Texts(new Random(NumTexts)).Take(NumTexts).ToList();
        var ids = Path.Combine(folder, "ids.json");
        Readers.Run("tokenize", file, Written("texts.json", JsonSerializer.Serialize(texts)), ids);
        var expected = JsonSerializer.Deserialize<int[][]>(File.ReadAllText(ids))!;
        var tokenizer = Tokenizer.Open(file);
        foreach (var (text, theirs) in texts.Zip(expected))
        {
            var ours = tokenizer.Encode(text);
            Assert.True(
                ours.AsSpan().SequenceEqual(theirs),
                $"{JsonSerializer.Serialize(text)}: {string.Join(' ', ours)} instead of {string.Join(' ', theirs)}"
            );
        }
    }

    [Fact]
    public void Parquet_tables_hold_what_DuckDB_wrote()
    {
        Readers.Run("parquet", folder, NumTables.ToString(CultureInfo.InvariantCulture), "1");
        for (var i = 0; i < NumTables; i++)
        {
            var path = Path.Combine(folder, $"{i}.parquet");
            var expected = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json")))!.AsArray();
            var documents = ParquetDocuments.Read(path);
            Assert.Equal(expected.Count, documents.Count);
            foreach (var (theirs, ours) in expected.Zip(documents))
            foreach (var property in ours.Json.EnumerateObject())
                AssertSame(theirs![property.Name], JsonNode.Parse(property.Value.GetRawText()), path, property.Name);
            var table = PointTable.Read(path);
            foreach (var column in table.Columns)
                for (var row = 0; row < table.Rows; row++)
                    AssertSameCell(At(expected[row], column), table.Text(row, column), path, column);
        }
    }

    [Fact]
    public void Csv_cells_are_those_that_DuckDB_reads()
    {
        var random = new Random(NumTables);
        for (var i = 0; i < NumTables; i++)
            Written($"{i}.csv", Csv(random));
        Readers.Run("csv", folder, NumTables.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < NumTables; i++)
        {
            var path = Path.Combine(folder, $"{i}.csv");
            var expected = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(path, ".json")))!.AsArray();
            var table = PointTable.Read(path);
            Assert.True(
                expected.Count == table.Rows,
                $"{File.ReadAllText(path)}: {table.Rows} rows, not {expected.Count}"
            );
            for (var row = 0; row < table.Rows; row++)
                foreach (var column in new[] { "a", "b", "c" })
                    Assert.Equal((string?)expected[row]![column] ?? "", table.Text(row, column));
        }
    }

    private static JsonNode? At(JsonNode? row, string path) =>
        path.Split('.').Aggregate(row, (at, key) => at is JsonObject map ? map[key] : null);

    private static void AssertSameCell(JsonNode? theirs, string ours, string path, string column)
    {
        var same =
            theirs is null ? ours == ""
            : theirs.GetValueKind() == JsonValueKind.String
                ? (string)theirs! == ours || (TryDouble((string)theirs!, out var text) && IsSame(text, ours))
            : theirs.GetValueKind() == JsonValueKind.Number ? IsSame((double)theirs.AsValue(), ours)
            : theirs.ToJsonString() == ours;
        Assert.True(same, $"{path}: {column}: '{ours}' instead of {theirs?.ToJsonString()}");
    }

    /// <summary>A number of 32 bits is here the shortest text that means it, there the double of its value.</summary>
    private static bool IsSame(double theirs, string ours) =>
        PointTable.TryNumber(ours, out var number)
        && (theirs.Equals(number) || ((double)(float)theirs).Equals(theirs) && ((float)theirs).Equals((float)number));

    private static bool TryDouble(string text, out double number) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out number);

    /// <summary>DuckDB writes numbers of 64 bits, and those that JSON has not, as text.</summary>
    private static void AssertSame(JsonNode? theirs, JsonNode? ours, string path, string column)
    {
        if (theirs is JsonObject map)
            foreach (var (key, value) in map)
                AssertSame(value, ours![key], path, $"{column}.{key}");
        else if (theirs is JsonArray list)
        {
            Assert.Equal(list.Count, ours!.AsArray().Count);
            for (var i = 0; i < list.Count; i++)
                AssertSame(list[i], ours[i], path, $"{column}[{i}]");
        }
        else
        {
            var same =
                ours is null ? theirs is null || (string?)theirs.AsValue() is "NaN" or "Infinity" or "-Infinity"
                : ours.GetValueKind() == JsonValueKind.Number
                    ? double.Parse(theirs!.ToString(), CultureInfo.InvariantCulture).Equals((double)ours.AsValue())
                : ours.ToJsonString() == theirs?.ToJsonString();
            Assert.True(same, $"{path}: {column}: {ours?.ToJsonString()} instead of {theirs?.ToJsonString()}");
        }
    }

    private string Written(string name, string text)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Csv(Random random)
    {
        string[] plain = ["", "1", "1e9", "a", "x y", "caf\u00e9", "\u2028", "a\"b", "'", " lead", "trail ", "NA", "-"];
        string[] quoted = ["\"\"", "\"a,b\"", "\"two\nlines\"", "\"two\r\nlines\"", "\"say \"\"hi\"\"\"", "\" \""];
        var end = random.Next(2) == 0 ? "\n" : "\r\n";
        var csv = new StringBuilder("a,b,c").Append(end);
        for (var rows = 1 + random.Next(5); rows > 0; rows--)
            csv.AppendJoin(',', Enumerable.Range(0, 3).Select(_ => Cell()))
                .Append(rows > 1 || random.Next(3) > 0 ? end : "");
        return csv.ToString();

        string Cell() => random.Next(3) == 0 ? quoted[random.Next(quoted.Length)] : plain[random.Next(plain.Length)];
    }

    /// <summary>Words, numbers, white space, marks and signs of all scripts. Names of special tokens are text to lcs
    /// and are not among them.</summary>
    private static IEnumerable<string> Texts(Random random)
    {
        string[] pieces =
        [
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "\u00a0",
            "\u3000",
            "the",
            " The",
            "can't",
            "it'S",
            "1234567",
            "3.14",
            "_",
            "a",
            "b",
            "ab",
            "?",
            "!!",
            "...",
            "ADD",
            "caf\u00e9",
            "cafe\u0301",
            "\u0130",
            "\u00df",
            "\u4f60\u597d",
            "\u3053\u3093",
            "\ud55c\uad6d",
            "\u0627\u0644",
            "\u0928\u092e\u0938\u094d",
            "\ud83d\ude00",
            "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67",
            "\ud83c\udde9\ud83c\uddea",
            "\u2581",
            "\u0120",
            "\0",
            "\u200b",
            "\ufeff",
            "\u00ad",
            "{",
            "}",
            "\\n",
            "//",
            "=>",
            "\u2028",
        ];
        while (true)
        {
            var text = new StringBuilder();
            for (var n = random.Next(12); n >= 0; n--)
                if (random.Next(4) > 0)
                    text.Append(pieces[random.Next(pieces.Length)]);
                else
                    text.Append(new Rune(CodePoint()));
            yield return text.ToString();
        }

        int CodePoint()
        {
            while (true)
                if (
                    random.Next(
                        random.Next(3) switch
                        {
                            0 => 0x300,
                            1 => 0x10000,
                            _ => 0x110000,
                        }
                    )
                        is var c
                    && Rune.IsValid(c)
                )
                    return c;
        }
    }
}
