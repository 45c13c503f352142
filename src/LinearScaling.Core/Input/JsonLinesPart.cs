using System.Text;
using System.Text.Json;
using LinearScaling.Files;

namespace LinearScaling.Input;

/// <summary>The JSON lines that begin in a range of a file, plain or compressed with gzip or zstd; one document per
/// line.</summary>
/// <param name="Key">The key of the text, or its path through objects, as <c>meta.text</c>.</param>
/// <param name="Encoding">Of the lines, where the file does not begin with the mark of UTF-8.</param>
internal sealed record JsonLinesPart(string File, long Start, long End, long TextBytes, string Key, Encoding Encoding)
    : InputPart(File, TextBytes)
{
    public override string Identity => $"JSON lines {Key} {Encoding.WebName}";

    public override IEnumerable<string> Documents()
    {
        using var lines = new LineRange(CompressedFile.OpenRead(File), Start, End);
        while (Next(lines) is { } text)
            if (text.Length > 0)
                yield return text;
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
            return JsonLine.IsBlank(line) ? "" : TextOf(line);
        }
        catch (JsonException e)
        {
            throw InputMistakes.NotALine(File, offset, e);
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw CompressedFile.Damaged(File, $"{File}: byte {offset} of its text", e);
        }
        catch (FormatException e)
        {
            throw new LinearScalingException($"{File}: byte {offset}: {e.Message}", e);
        }
    }

    private string TextOf(ReadOnlySpan<byte> line)
    {
        if (Encoding is not UTF8Encoding || !System.Text.Unicode.Utf8.IsValid(line))
            line = Encoding.UTF8.GetBytes(Encoding.GetString(line)); // what it does not know becomes U+FFFD
        try
        {
            return Find(line);
        }
        catch (JsonException) when (JsonLine.ReplaceNonFinite(line, asText: false) is { } replaced)
        {
            return Find(replaced);
        }
    }

    private string Find(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new FormatException("expected a JSON object");
        string? text = null;
        Search(ref json, Key, ref text);
        json.Read(); // throws where anything but white space follows the object
        return text ?? throw new FormatException($"has no \"{Key}\"; name the key of the text with --column");
    }

    /// <summary>Reads the object to its end, and the value at the path, which may lead into objects within.</summary>
    private void Search(ref Utf8JsonReader json, string path, ref string? text)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var found = Is(ref json, path);
            var rest = found ? null : Rest(ref json, path);
            json.Read();
            if (rest is not null && json.TokenType == JsonTokenType.StartObject)
                Search(ref json, rest, ref text);
            else if (!found)
                json.Skip();
            else if (text is not null)
                throw new FormatException($"has \"{Key}\" twice");
            else
                text = json.TokenType switch
                {
                    JsonTokenType.String => JsonText.Read(ref json),
                    JsonTokenType.Null => "",
                    _ => throw new FormatException($"\"{Key}\" is not a string"),
                };
        }
    }

    /// <summary>Whether a key has this name; one with half a surrogate pair has none.</summary>
    private static bool Is(ref Utf8JsonReader json, ReadOnlySpan<char> name)
    {
        try
        {
            return json.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>What is left of the path below the key that was read, or null where the path does not lead
    /// there.</summary>
    private static string? Rest(ref Utf8JsonReader json, string path)
    {
        for (var dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
            if (Is(ref json, path.AsSpan(0, dot)))
                return path[(dot + 1)..];
        return null;
    }
}
