using System.Text.Json;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Documents;

/// <summary>Documents of a JSON Lines file, also compressed, or of one JSON array.</summary>
internal static class JsonDocuments
{
    /// <exception cref="LinearScalingException">The file is damaged or not UTF-8, or a line is not one JSON
    /// value.</exception>
    public static IReadOnlyList<TaskDocument> Read(string path)
    {
        var text = Utf8File.ReadAllText(path);
        return text.StartsWith('[') ? Array(text, path) : Lines(text, path);
    }

    private static List<TaskDocument> Array(string text, string path)
    {
        var array = JsonLine.Parse(text, path, nonFiniteAsText: false);
        if (array.ValueKind != JsonValueKind.Array)
            throw new LinearScalingException($"{path}: expected one JSON array, or an object per line");
        return [.. array.EnumerateArray().Select((d, i) => new TaskDocument(d, $"{Path.GetFileName(path)}[{i}]"))];
    }

    private static List<TaskDocument> Lines(string text, string path)
    {
        using var reader = new StringReader(text);
        var documents = new List<TaskDocument>();
        for (var number = 1; reader.ReadLine() is { } line; number++)
            if (!string.IsNullOrWhiteSpace(line))
                documents.Add(
                    new(
                        JsonLine.Parse(line, $"{path}:{number}", nonFiniteAsText: false),
                        $"{Path.GetFileName(path)}:{number}"
                    )
                );
        return documents;
    }
}
