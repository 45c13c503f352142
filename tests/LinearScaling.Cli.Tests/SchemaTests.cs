using LinearScaling.Configuration;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Tests.Cli;

public class SchemaTests
{
    [Fact]
    public async Task The_page_in_configs_is_current() =>
        Repository.AssertGolden("configs/README.md", (await Lcs.RunAsync("schema", "--markdown")).Output);

    [Fact]
    public async Task The_text_reads_as_it_did() =>
        Repository.AssertGolden("tests/golden/schema.txt", (await Lcs.RunAsync("schema")).Output);

    [Fact]
    public void Every_key_says_what_it_means() =>
        Assert.Empty(ConfigSchema.Keys<RunConfig>().Where(k => k.Meaning.Length < 4).Select(k => k.Path));

    [Fact]
    public async Task A_section_can_be_asked_for_alone()
    {
        var (_, output, _) = await Lcs.RunAsync("schema", "data");
        Assert.StartsWith(
            "data.source: text; default \"\"\n    Token shards or text; empty for the sample corpus.\n",
            output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("train.", output, StringComparison.Ordinal);
    }
}
