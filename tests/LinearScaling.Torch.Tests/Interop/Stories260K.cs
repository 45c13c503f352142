using System.Text.Json;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>A small trained LLaMA with float64 reference results, or a skipped test.</summary>
internal static class Stories260K
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static string Folder => Path.GetDirectoryName(TestData.Need("checkpoints/stories260K/model.safetensors"))!;

    public static Golden Golden =>
        JsonSerializer.Deserialize<Golden>(
            File.ReadAllText(TestData.Need("checkpoints/stories260K/golden.json")),
            SnakeCase
        )!;
}

internal sealed record Golden(
    long[] Tokens,
    double[][] LogitsFloat64,
    double[] TokenNll,
    long[] LongTokens,
    double LongMeanNll,
    int[] GreedyTokensFromBos
);
