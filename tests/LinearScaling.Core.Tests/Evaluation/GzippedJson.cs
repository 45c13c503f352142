using System.IO.Compression;
using System.Text.Json;

namespace LinearScaling.Tests.Evaluation;

/// <summary>Files of JSON lines that are gzipped.</summary>
internal static class GzippedJson
{
    public static IEnumerable<JsonElement> Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }
}
