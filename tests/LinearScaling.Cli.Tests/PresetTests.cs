using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Tests.Cli;

public class PresetTests
{
    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var architecture in ModelConfig.Variants.Names)
            foreach (var size in Presets.Sizes)
                data.Add(architecture, size);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_preset_is_a_whole_configuration(string architecture, string size)
    {
        var config = Presets.Find(architecture, size).Bind<RunConfig>();
        Assert.Equal(architecture, ModelConfig.Variants.NameOf(config.Model.GetType()));
        Assert.Equal(
            size.StartsWith("nano-", StringComparison.Ordinal) ? (264, 256) : (100_280, 8192),
            (config.Model.VocabSize, config.Data.SeqLen)
        );
    }

    /// <summary>arXiv 2406.16690, table 7, to the last parameter (norms without gains; LLaMA with RMSNorm
    /// gains).</summary>
    [Theory]
    [InlineData("llama", 20_453_888, 84_953_856, 334_025_728, 906_069_504, 2_775_631_360, 6_476_271_616)]
    [InlineData("tnl", 21_234_176, 87_294_720, 327_681_024, 918_554_112, 2_798_389_760, 6_509_563_904)]
    [InlineData("hgrn2", 20_450_304, 84_943_872, 333_998_080, 906_018_816, 2_775_539_200, 6_476_136_448)]
    [InlineData("cosformer2", 21_302_272, 87_401_472, 327_836_672, 918_798_336, 2_798_804_480, 6_510_215_168)]
    public void The_papers_sizes_have_the_papers_parameters(
        string architecture,
        long m70,
        long m160,
        long m410,
        long b1,
        long b3,
        long b7
    ) =>
        Assert.Equal(
            [m70, m160, m410, b1, b3, b7],
            Presets
                .Sizes.Take(6)
                .Select(size => Presets.Find(architecture, size).Bind<RunConfig>().Model.Counts().NonEmbedding)
        );

    [Theory]
    [InlineData("nano-100k", 0.1e6)]
    [InlineData("nano-300k", 0.3e6)]
    [InlineData("nano-1m", 1e6)]
    [InlineData("nano-3m", 3e6)]
    [InlineData("nano-10m", 10e6)]
    [InlineData("nano-30m", 30e6)]
    public void A_nano_size_is_near_what_its_name_says(string size, double parameters)
    {
        foreach (var architecture in ModelConfig.Variants.Names)
        {
            var count = Presets.Find(architecture, size).Bind<RunConfig>().Model.Counts().NonEmbedding;
            Assert.True(
                count / parameters is >= 0.8 and <= 1.25,
                $"{architecture} {size} has {count:N0} parameters: give it another shape in "
                    + $"configs/models/{architecture}-{size}.yaml"
            );
        }
    }

    [Theory]
    [InlineData("tln", "1b", "--arch: unknown architecture 'tln'; did you mean tnl? one of: ARCHITECTURES")]
    [InlineData(
        "cosformer",
        "1b",
        "--arch: unknown architecture 'cosformer'; did you mean cosformer2? one of: ARCHITECTURES"
    )]
    [InlineData(
        "tnl",
        "1g",
        "--size: unknown size '1g'; did you mean 1b? one of: 70m, 160m, 410m, 1b, 3b, 7b, nano-100k, nano-300k, "
            + "nano-1m, nano-3m, nano-10m, nano-30m"
    )]
    public void An_unknown_name_is_answered_with_the_nearest(string architecture, string size, string message) =>
        Assert.Equal(
            message.Replace("ARCHITECTURES", string.Join(", ", ModelConfig.Variants.Names), StringComparison.Ordinal),
            Assert.Throws<LinearScalingException>(() => Presets.Find(architecture, size)).Message
        );
}
