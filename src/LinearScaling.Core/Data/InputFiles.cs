using System.Text;
using System.Text.Json;

namespace LinearScaling.Data;

/// <summary>Files of text, and the documents in them.</summary>
internal static class InputFiles
{
    private static readonly string[] Extensions = [".txt", ".md", ".jsonl"];

    /// <summary>The files that a user's paths name, each once, in a fixed order.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (File.Exists(path))
                files.Add(path);
            else if (Directory.Exists(path))
                files.UnionWith(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Extensions.Contains(Path.GetExtension(f))));
            else
                throw new LinearScalingException($"{path}: no such file or directory");
        }
        return files.Count > 0 ? [.. files] : throw new LinearScalingException($"{string.Join(", ", paths)}: no text found; lcs reads {string.Join(", ", Extensions)}");
    }

    public static IEnumerable<string> Documents(string file) => Path.GetExtension(file) switch
    {
        ".jsonl" => JsonLines(file),
        _ => TextPieces.Of(File.ReadAllText(file, Encoding.UTF8)),
    };

    private static IEnumerable<string> JsonLines(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length > 0)
                yield return TextOf(file, number, line);
        }
    }

    private static string TextOf(string file, int number, string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("text", out var text) && text.GetString() is { } value
                ? value
                : throw new LinearScalingException($"{file}:{number}: no \"text\" in this line");
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{file}:{number}: not JSON: {e.Message}", e);
        }
    }
}
