using System.Text.Json;
using LinearScaling.Files;

namespace LinearScaling.Evaluation.Documents;

/// <summary>Documents of a JSON Lines file, also compressed, or of one JSON array.</summary>
internal static class JsonDocuments
{
    /// <exception cref="LinearScalingException">The file is damaged, or a line is not one JSON value.</exception>
    public static IReadOnlyList<TaskDocument> Read(string path)
    {
        try
        {
            using var reader = new StreamReader(CompressedFile.OpenRead(path));
            return reader.Peek() == '[' ? Array(reader.ReadToEnd(), path) : Lines(reader, path);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw CompressedFile.Damaged(path, path, e);
        }
    }

    private static List<TaskDocument> Array(string text, string path)
    {
        var array = JsonLine.Parse(text, path, nonFiniteAsText: false);
        if (array.ValueKind != JsonValueKind.Array)
            throw new LinearScalingException($"{path}: expected one JSON array, or an object per line");
        return [.. array.EnumerateArray().Select((d, i) => new TaskDocument(d, $"{Path.GetFileName(path)}[{i}]"))];
    }

    private static List<TaskDocument> Lines(StreamReader reader, string path)
    {
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
