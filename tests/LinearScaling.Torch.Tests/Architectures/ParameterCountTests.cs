using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>The sizes of arXiv 2406.16690 (tables 2 and 7, with head counts and GLU widths corrected) and of public checkpoints.</summary>
public sealed class ParameterCountTests
{
    private const int Vocab = 100_280;

    // layers (LLaMA and HGRN2; TNL and cosFormer2), width, heads, then non-embedding parameters
    public static TheoryData<int, int, int, int, long, long, long, long, long, long> Study => new()
    {
        { 6, 6, 512, 4, 20_453_888, 20_460_544, 21_234_176, 20_450_304, 21_302_272, 21_321_728 },
        { 12, 12, 768, 6, 84_953_856, 84_973_056, 87_294_720, 84_943_872, 87_401_472, 87_458_304 },
        { 26, 25, 1024, 8, 334_025_728, 334_080_000, 327_681_024, 333_998_080, 327_836_672, 327_992_320 },
        { 32, 32, 1536, 12, 906_069_504, 906_169_344, 918_554_112, 906_018_816, 918_798_336, 919_096_320 },
        { 35, 35, 2560, 20, 2_775_631_360, 2_775_813_120, 2_798_389_760, 2_775_539_200, 2_798_804_480, 2_799_347_200 },
        { 32, 32, 4096, 32, 6_476_271_616, 6_476_537_856, 6_509_563_904, 6_476_136_448, 6_510_215_168, 6_511_009_792 },
    };

    [Theory, MemberData(nameof(Study))]
    public void The_studys_models_have_their_published_sizes(
        int layers, int linearLayers, int width, int heads, long llama, long llamaLayerNorm, long tnl, long hgrn2, long cosFormer2, long cosFormer2LayerNorm)
    {
        var cosFormer = new CosFormer2Config(width, linearLayers, heads, Vocab);
        ModelConfig[] configs =
        [
            new LlamaConfig(width, layers, heads, Vocab),
            new LlamaConfig(width, layers, heads, Vocab, Norm: NormKind.Layernorm),
            new TnlConfig(width, linearLayers, heads, Vocab),
            new Hgrn2Config(width, layers, heads, Vocab),
            cosFormer,
            cosFormer with { Norm = NormKind.Layernorm },
        ];
        Assert.Equal([llama, llamaLayerNorm, tnl, hgrn2, cosFormer2, cosFormer2LayerNorm], configs.Select(c => c.Counts().NonEmbedding));
        Assert.All(configs, c => Assert.Equal((long)Vocab * width, c.Counts().Embedding));
    }
}
