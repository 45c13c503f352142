using System.Buffers;
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

    /// <summary>A word character of re: str.isalnum, or an underscore.</summary>
    public static bool IsWord(Rune rune) =>
        rune.Value == '_'
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter
                or UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber;

    /// <summary>str.lower: a capital sigma at the end of a word becomes a final one, a dotted capital I two
    /// characters.</summary>
    public static string Lower(string text)
    {
        if (System.Text.Ascii.IsValid(text))
            return text.ToLowerInvariant();
        var lower = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\u03A3')
                lower.Append(EndsWord(text, i) ? '\u03C2' : '\u03C3');
            else if (text[i] == '\u0130')
                lower.Append("i\u0307");
            else if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                lower.Append(Rune.ToLowerInvariant(rune).ToString());
                i += rune.Utf16SequenceLength - 1;
            }
            else
                lower.Append(text[i]);
        return lower.ToString();
    }

    /// <summary>The Unicode Standard's Final_Sigma: a cased letter before it and none after, those that case ignores
    /// left aside.</summary>
    private static bool EndsWord(string text, int at)
    {
        var before = text.AsSpan(0, at);
        var after = text.AsSpan(at + 1);
        Rune rune;
        do
        {
            if (Rune.DecodeLastFromUtf16(before, out rune, out var used) != OperationStatus.Done)
                return false;
            before = before[..^used];
        } while (IsCaseIgnorable(rune));
        if (!IsCased(rune))
            return false;
        do
        {
            if (Rune.DecodeFromUtf16(after, out rune, out var used) != OperationStatus.Done)
                return true;
            after = after[used..];
        } while (IsCaseIgnorable(rune));
        return !IsCased(rune);
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9);

    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.EnclosingMark
                or UnicodeCategory.Format
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027;

    /// <summary>str.capitalize: the first character upper, all others lower.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        var first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + Lower(text[first.Utf16SequenceLength..]);
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
