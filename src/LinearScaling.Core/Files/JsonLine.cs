using System.Text;
using System.Text.Json;

namespace LinearScaling.Files;

/// <summary>A line of a JSON Lines file that another program wrote: one value, and only white space after it.</summary>
internal static class JsonLine
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static readonly byte[][] NonFinite = ["NaN"u8.ToArray(), "Infinity"u8.ToArray(), "-Infinity"u8.ToArray()];

    public static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept(" \t\r"u8) < 0;

    /// <param name="place">File and line, for the message.</param>
    /// <param name="nonFiniteAsText">Whether NaN and Infinity become texts, else null.</param>
    /// <exception cref="LinearScalingException">It is not one JSON value, or an object has a key twice.</exception>
    public static JsonElement Parse(string line, string place, bool nonFiniteAsText)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        try
        {
            try
            {
                return Parse(bytes);
            }
            catch (JsonException) when (ReplaceNonFinite(bytes, nonFiniteAsText) is { } replaced)
            {
                return Parse(replaced);
            }
        }
        // the latter: a key that is half a surrogate pair
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new LinearScalingException($"{place}: not one JSON value: {e.Message}", e);
        }
    }

    /// <summary>Python writes NaN, Infinity and -Infinity, which JSON does not have: the line with texts or null in
    /// their place; null where it has none.</summary>
    public static byte[]? ReplaceNonFinite(ReadOnlySpan<byte> line, bool asText)
    {
        var result = new List<byte>(line.Length + 16);
        var (replaced, inString) = (false, false);
        for (var i = 0; i < line.Length; i++)
        {
            var name = inString ? null : NonFiniteAt(line[i..]);
            if (name is not null)
            {
                result.AddRange(asText ? [(byte)'"', .. name, (byte)'"'] : "null"u8.ToArray());
                i += name.Length - 1;
                replaced = true;
                continue;
            }
            result.Add(line[i]);
            if (inString && line[i] == '\\' && i + 1 < line.Length)
                result.Add(line[++i]);
            else if (line[i] == '"')
                inString = !inString;
        }
        return replaced ? [.. result] : null;
    }

    private static byte[]? NonFiniteAt(ReadOnlySpan<byte> rest)
    {
        foreach (var name in NonFinite)
            if (rest.StartsWith(name))
                return name;
        return null;
    }

    private static JsonElement Parse(byte[] line)
    {
        using var document = JsonDocument.Parse(line, Strict);
        return document.RootElement.Clone();
    }
}
