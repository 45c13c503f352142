using System.Globalization;
using System.Text.Json;

namespace LinearScaling.Cli.Commands.Data;

/// <summary>What <c>--data</c>, given once or more often, says as configuration: one source, or a mixture.</summary>
internal static class DataFlags
{
    public static IEnumerable<(string Option, string Path, string Value)> Read(IReadOnlyList<string> data)
    {
        const string option = "--data";
        if (data.Count == 0)
            return [];
        var parts = data.Select(Part).ToList();
        if (parts is [(var only, null)])
            return [(option, "data.source", JsonSerializer.Serialize(only)), (option, "data.mixture", "null")];
        var items = parts.Select(p =>
            $"{{source: {JsonSerializer.Serialize(p.Path)}, weight: "
            + $"{(p.Weight ?? 1).ToString("R", CultureInfo.InvariantCulture)}}}"
        );
        return [(option, "data.source", "\"\""), (option, "data.mixture", $"[{string.Join(", ", items)}]")];
    }

    /// <summary>A path may hold an equals sign itself: only a number after the last one is a weight.</summary>
    private static (string Path, double? Weight) Part(string text)
    {
        var at = text.LastIndexOf('=');
        return
            at > 0
            && !Path.Exists(text)
            && double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
            ? (Path.GetFullPath(text[..at]), weight)
            : (Path.GetFullPath(text), null);
    }
}
