using System.Globalization;
using System.Text;

namespace LinearScaling.Evaluation.Scores;

/// <summary>String operations with Python's meaning, which prompts and scores of the field's harness are defined
/// by.</summary>
public static class PythonText
{
    /// <summary>str.isspace of one character: .NET's white space and the four information separators.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    public static string TrimEnd(string text)
    {
        var end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    public static string TrimStart(string text)
    {
        var start = 0;
        while (start < text.Length && IsSpace(text[start]))
            start++;
        return text[start..];
    }

    public static string Trim(string text) => TrimStart(TrimEnd(text));

    /// <summary>str.split(): words between runs of white space.</summary>
    public static string[] Words(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            var inside = i < text.Length && !IsSpace(text[i]);
            if (inside && start < 0)
                start = i;
            else if (!inside && start >= 0)
            {
                words.Add(text[start..i]);
                start = -1;
            }
        }
        return [.. words];
    }

    /// <summary>str.capitalize: the first character upper, all others lower.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    /// <summary>len(): Unicode code points, not UTF-16 units.</summary>
    public static int Length(string text)
    {
        var surrogatePairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
            if (char.IsSurrogatePair(text[i], text[i + 1]))
                surrogatePairs++;
        return text.Length - surrogatePairs;
    }

    /// <summary>json.dumps of a string: ASCII with lower-case \u escapes.</summary>
    public static void AppendJson(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var c in text)
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' or > '~' => json.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => json.Append(c),
            };
        json.Append('"');
    }
}
