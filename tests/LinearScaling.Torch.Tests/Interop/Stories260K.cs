using System.Text.Json;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>A small trained LLaMA with float64 reference results, where the folder of shared data lies beside the
/// repository.</summary>
internal static class Stories260K
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public static string Folder
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (
                    Path.Combine(folder.FullName, "shared", "data", "checkpoints", "stories260K") is var path
                    && Directory.Exists(path)
                )
                    return path;
            Assert.Skip("shared/data/checkpoints/stories260K is absent");
            return "";
        }
    }

    public static Golden Golden =>
        JsonSerializer.Deserialize<Golden>(File.ReadAllText(Path.Combine(Folder, "golden.json")), SnakeCase)!;
}

internal sealed record Golden(
    long[] Tokens,
    double[][] LogitsFloat64,
    double[] TokenNll,
    long[] LongTokens,
    double LongMeanNll,
    int[] GreedyTokensFromBos
);
