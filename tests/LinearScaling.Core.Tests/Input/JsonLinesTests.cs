namespace LinearScaling.Tests.Input;

public class JsonLinesTests
{
    [Theory]
    [InlineData("""{"text": "a\ud800b"}""", "a\ufffdb")]
    [InlineData("""{"text": "\"\\\/\n\u0041 \udc00"}""", "\"\\/\nA \ufffd")]
    public void Half_a_surrogate_pair_becomes_a_replacement_character(string line, string text) =>
        Assert.Equal([text], TextInput.Documents("x.jsonl", System.Text.Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("{\"text\": \"a\"} {\"text\": \"b\"}\n")] // two objects on a line
    [InlineData("{\"text\": \"a\"}\r{\"text\": \"b\"}\r")] // lines that end with CR
    [InlineData("{\"text\": \"a\", \"meta\": {\n")] // half an object
    [InlineData("{\"text\": \"a\"} rest\n")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}\n")]
    public void Nothing_on_a_line_is_passed_over(string lines) =>
        Assert.Contains(
            "x.jsonl: byte 0: ",
            TextInput.Message(() => TextInput.Documents("x.jsonl", System.Text.Encoding.UTF8.GetBytes(lines))),
            StringComparison.Ordinal
        );

    [Fact]
    public void Blank_lines_and_numbers_that_only_python_writes_are_read_over() =>
        Assert.Equal(
            ["a", "NaN \\\" Infinity"],
            TextInput.Documents(
                "x.jsonl",
                [
                    .. " \t\r\n{\"score\": NaN, \"text\": \"a\", \"x\": [-Infinity]}\n"u8,
                    .. """{"text": "NaN \\\" Infinity"}"""u8,
                ]
            )
        );

    [Fact]
    public void A_key_may_be_a_path()
    {
        var line = """{"meta": {"text": "inside", "text.b": "dotted"}, "text": "outside"}"""u8.ToArray();
        Assert.Equal(["outside"], TextInput.Documents("x.jsonl", line));
        Assert.Equal(["inside"], TextInput.Documents("x.jsonl", line, "meta.text"));
        Assert.Equal(["dotted"], TextInput.Documents("x.jsonl", line, "meta.text.b"));
    }
}
