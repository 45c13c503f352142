using System.Globalization;

namespace LinearScaling.Text.Splitting;

/// <summary>What the splitting rules of byte-level tokenizers tell apart.</summary>
internal enum CharClass : byte
{
    /// <summary>Neither of the others: punctuation, symbols, marks, controls.</summary>
    Other,

    /// <summary>Unicode categories L*.</summary>
    Letter,

    /// <summary>Unicode categories N*.</summary>
    Number,

    /// <summary>The Unicode property White_Space.</summary>
    Space,
}

/// <summary>Classes of code points, those beyond the first plane included, which .NET's regular expressions take for
/// two surrogates.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] Plane0 = [.. Enumerable.Range(0, 1 << 16).Select(Classify)];

    /// <summary>The class of the character at <paramref name="index"/>, and its length in UTF-16 units.</summary>
    public static CharClass At(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index];
        length = 1;
        if (char.IsHighSurrogate(unit) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return Classify(char.ConvertToUtf32(unit, text[index + 1]));
        }
        return Plane0[unit];
    }

    private static CharClass Classify(int codePoint) =>
        codePoint <= 0xFFFF && char.IsWhiteSpace((char)codePoint)
            ? CharClass.Space
            : CharUnicodeInfo.GetUnicodeCategory(codePoint) switch
            {
                UnicodeCategory.UppercaseLetter
                or UnicodeCategory.LowercaseLetter
                or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter
                or UnicodeCategory.OtherLetter => CharClass.Letter,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber =>
                    CharClass.Number,
                _ => CharClass.Other,
            };
}
