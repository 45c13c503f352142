using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace LinearScaling.Input;

/// <summary>The JSON lines that begin in a range of a file, plain or compressed with gzip or zstd; one document per
/// line.</summary>
/// <param name="Key">The key of the text.</param>
internal sealed record JsonLinesPart(string File, long Start, long End, long TextBytes, string Key)
    : InputPart(File, TextBytes)
{
    public override IEnumerable<string> Documents()
    {
        using var lines = new LineRange(Open(), Start, End);
        while (Next(lines) is { } text)
            if (text.Length > 0)
                yield return text;
    }

    private Stream Open()
    {
        var file = System.IO.File.OpenRead(File);
        return File.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(file, CompressionMode.Decompress)
            : File.EndsWith(".zst", StringComparison.OrdinalIgnoreCase)
                ? new ZstdSharp.DecompressionStream(file, leaveOpen: false)
            : file;
    }

    /// <summary>The text of the next line, empty for a blank line; null at the end.</summary>
    private string? Next(LineRange lines)
    {
        var offset = lines.Offset;
        try
        {
            if (!lines.TryRead(out var line))
                return null;
            if (offset == 0 && line.StartsWith(Encoding.UTF8.Preamble))
                line = line[Encoding.UTF8.Preamble.Length..];
            return line.Trim((byte)'\r').IsEmpty ? "" : TextOf(line);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{File}: byte {offset}: not a line of JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException)
        {
            throw InputMistakes.NotDecompressed(File, offset, e);
        }
        catch (FormatException e)
        {
            throw new LinearScalingException($"{File}: byte {offset}: {e.Message}", e);
        }
    }

    private string TextOf(ReadOnlySpan<byte> line)
    {
        if (!System.Text.Unicode.Utf8.IsValid(line))
            line = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(line)); // what is not UTF-8 becomes U+FFFD
        var json = new Utf8JsonReader(line);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new FormatException("expected a JSON object");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var found = json.ValueTextEquals(Key);
            json.Read();
            if (!found)
            {
                json.Skip();
                continue;
            }
            var text = json.TokenType switch
            {
                JsonTokenType.String => JsonText.Read(ref json),
                JsonTokenType.Null => "",
                _ => throw new FormatException($"\"{Key}\" is not a string"),
            };
            return text;
        }
        throw new FormatException($"has no \"{Key}\"; name the key of the text with --column");
    }
}
