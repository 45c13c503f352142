using System.Text.Json;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Cli;

public class ListTests
{
    [Fact]
    public async Task Sizes_are_the_papers_then_the_nano_ladder()
    {
        var (_, output, _) = await Lcs.RunAsync("list", "sizes");
        Assert.Equal(
            "70m 160m 410m 1b 3b 7b nano-100k nano-300k nano-1m nano-3m nano-10m nano-30m",
            string.Join(' ', output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        );
    }

    [Fact]
    public async Task All_lists_are_there_as_json_too()
    {
        var (_, output, _) = await Lcs.RunAsync("list", "--json");
        var lists = JsonSerializer.Deserialize<Dictionary<string, string[]>>(output)!;
        Assert.Equal(ModelConfig.Variants.Names, lists["architectures"]);
        Assert.Contains("tnl", lists["architectures"]);
        Assert.Contains("byte", lists["tokenizers"]);
        Assert.Contains("val_loss", lists["tasks"]);
        Assert.Contains("bits_per_byte", lists["metrics"]);
        Assert.Contains("constant", lists["schedules"]);
        Assert.NotEmpty(lists["laws"]);
    }
}
