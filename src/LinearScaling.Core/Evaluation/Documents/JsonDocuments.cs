using System.IO.Compression;
using System.Text.Json;

namespace LinearScaling.Evaluation.Documents;

/// <summary>Documents of a JSON Lines file (also gzipped), or of one JSON array.</summary>
internal static class JsonDocuments
{
    public static IReadOnlyList<TaskDocument> Read(string path)
    {
        using var file = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(stream);
        var documents = new List<TaskDocument>();
        var name = Path.GetFileName(path);
        if (reader.Peek() == '[')
            return
            [
                .. Parse(reader.ReadToEnd(), path)
                    .EnumerateArray()
                    .Select((d, i) => new TaskDocument(d, $"{name}[{i}]")),
            ];
        var number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length > 0)
                documents.Add(new(Parse(line, $"{path}:{number}"), $"{name}:{number}"));
        }
        return documents;
    }

    private static JsonElement Parse(string json, string place)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{place}: not JSON: {e.Message}", e);
        }
    }
}
