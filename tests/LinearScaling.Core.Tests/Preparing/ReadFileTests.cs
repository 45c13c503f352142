using LinearScaling.Input;
using LinearScaling.Preparing;
using LinearScaling.Tests.Input;
using LinearScaling.Tests.Sequences;
using LinearScaling.Text;

namespace LinearScaling.Tests.Preparing;

public class ReadFileTests
{
    [Fact]
    public async Task Documents_and_replaced_bytes_are_counted_for_each_file()
    {
        var folder = Some.Folder();
        var (clean, odd) = (Path.Combine(folder, "clean.jsonl"), Path.Combine(folder, "odd.jsonl"));
        await File.WriteAllTextAsync(clean, Lines("one", "two", ""), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(
            odd,
            [
                .. "{\"text\": \"fine\"}\n{\"text\": \"a small caf"u8,
                0xE9,
                .. " here\"}\n{\"text\": \""u8,
                0xE9,
                .. "\"}\n"u8,
            ],
            TestContext.Current.CancellationToken
        );
        var preparation = Preparation([clean, odd], folder);
        await preparation.RunAsync(2, TestContext.Current.CancellationToken);
        Assert.Equal(
            [new ReadFile(clean, 2, 0, 0, ""), new ReadFile(odd, 3, 2, 2, "a small caf\uFFFD here")],
            preparation.Files
        );
        Assert.Equal(
            [
                $"read {clean} (2 documents), {odd} (3 documents)",
                "left out: README.md (about the data); name a file to take it",
                $"caution: {odd}: 2 of 3 documents hold U+FFFD, which stands for bytes that are not text; the first is "
                    + "document 2: \"a small caf\uFFFD here\"; if the file is not UTF-8, name its --encoding",
            ],
            ReadFile.Describe(preparation.Files, ["README.md (about the data)"])
        );
    }

    [Fact]
    public void Another_key_is_another_preparation()
    {
        var folder = Some.Folder();
        var file = Path.Combine(folder, "x.jsonl");
        File.WriteAllText(file, "{\"text\": \"a\", \"body\": \"b\"}\n{\"text\": \"c\", \"body\": \"d\"}\n");
        Some.Prepare([file], new PrepareOptions(), Path.Combine(folder, "shards"));
        Assert.Contains(
            "holds shards of other text",
            TextInput.Message(() =>
                Some.Prepare([file], new PrepareOptions(), Path.Combine(folder, "shards"), column: "body")
            ),
            StringComparison.Ordinal
        );
    }

    private static string Lines(params string[] texts) => string.Concat(texts.Select(t => $"{{\"text\": \"{t}\"}}\n"));

    private static Preparation Preparation(string[] files, string folder) =>
        new(InputFiles.Parts(files), new ByteTokenizer(), new PrepareOptions(), Path.Combine(folder, "shards"));
}
