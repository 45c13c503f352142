using System.Globalization;
using System.Text;

namespace LinearScaling.Text;

/// <summary>Unicode normalization form C (UAX #15), from a table of our own: .NET leaves text as it is when it runs
/// without ICU.</summary>
internal static class Nfc
{
    private const int SBase = 0xAC00,
        LBase = 0x1100,
        VBase = 0x1161,
        TBase = 0x11A7,
        LCount = 19,
        VCount = 21,
        TCount = 28;

    private static readonly Dictionary<int, byte> Classes = [];
    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];

    static Nfc()
    {
        using var table = new StreamReader(typeof(Nfc).Assembly.GetManifestResourceStream("nfc.txt")!);
        while (table.ReadLine() is { } line)
        {
            if (line[0] == '#')
                continue;
            if (line.Split('-', ' ') is [var first, var last, var value] && line.Contains('-'))
                for (var c = Hex(first); c <= Hex(last); c++)
                    Classes[c] = byte.Parse(value, CultureInfo.InvariantCulture);
            else
                AddDecomposition(line);
        }
    }

    public static string Normalize(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\u0300', '\uFFFF') < 0)
            return text; // nothing below the combining marks composes or decomposes
        var runes = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Decompose(rune.Value, runes);
        Order(runes);
        Compose(runes);
        var normal = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var rune in runes)
            normal.Append(units[..new Rune(rune).EncodeToUtf16(units)]);
        return normal.ToString();
    }

    private static void AddDecomposition(string line)
    {
        var at = line.AsSpan().IndexOfAny('=', '!');
        var whole = Hex(line[..at]);
        Decompositions[whole] = [.. line[(at + 1)..].Split(' ').Select(Hex)];
        if (line[at] == '=')
            Compositions[(Decompositions[whole][0], Decompositions[whole][1])] = whole;
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static byte Class(int rune) => rune < 0x300 ? (byte)0 : Classes.GetValueOrDefault(rune);

    private static void Decompose(int rune, List<int> into)
    {
        if (rune is >= SBase and < SBase + LCount * VCount * TCount)
        {
            var s = rune - SBase;
            into.Add(LBase + s / (VCount * TCount));
            into.Add(VBase + s % (VCount * TCount) / TCount);
            if (s % TCount != 0)
                into.Add(TBase + s % TCount);
        }
        else if (rune >= 0xC0 && Decompositions.TryGetValue(rune, out var parts))
            foreach (var part in parts)
                Decompose(part, into);
        else
            into.Add(rune);
    }

    /// <summary>Sorts every run of combining marks by their classes, stably.</summary>
    private static void Order(List<int> runes)
    {
        for (var start = 0; start < runes.Count; start++)
        {
            var end = start;
            while (end < runes.Count && Class(runes[end]) != 0)
                end++;
            if (end - start > 1)
            {
                var run = runes.GetRange(start, end - start).OrderBy(Class).ToList(); // stable
                for (var i = 0; i < run.Count; i++)
                    runes[start + i] = run[i];
            }
            start = Math.Max(start, end - 1);
        }
    }

    private static void Compose(List<int> runes)
    {
        var starter = -1;
        var count = 0;
        for (var i = 0; i < runes.Count; i++)
        {
            var rune = runes[i];
            // A mark composes with the last starter unless one of the same class, or a starter, stands between.
            var blocked =
                starter >= 0
                && count - 1 > starter
                && (Class(runes[count - 1]) >= Class(rune) || Class(runes[count - 1]) == 0);
            if (starter >= 0 && !blocked && Pair(runes[starter], rune) is { } composed)
            {
                runes[starter] = composed;
                continue;
            }
            if (Class(rune) == 0)
                starter = count;
            runes[count++] = rune;
        }
        runes.RemoveRange(count, runes.Count - count);
    }

    private static int? Pair(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return SBase + ((first - LBase) * VCount + (second - VBase)) * TCount;
        if (
            first is >= SBase and < SBase + LCount * VCount * TCount
            && (first - SBase) % TCount == 0
            && second is > TBase and < TBase + TCount
        )
            return first + (second - TBase);
        return Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }
}
