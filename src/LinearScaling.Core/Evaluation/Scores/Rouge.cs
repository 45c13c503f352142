namespace LinearScaling.Evaluation.Scores;

/// <summary>ROUGE F-measures (Lin 2004) as the reference package rouge_score computes them.</summary>
/// <remarks>Text is cut into runs of ASCII letters and digits in lower case; with stemming, words of more than three
/// letters are stemmed.</remarks>
public static class Rouge
{
    /// <summary>F-measure over n-grams, each counted as often as it occurs in both.</summary>
    public static double N(string reference, string prediction, int n, bool stem = true)
    {
        var (expected, found) = (Grams(Tokens(reference, stem), n), Grams(Tokens(prediction, stem), n));
        var common = found.Sum(g => Math.Min(g.Value, expected.GetValueOrDefault(g.Key)));
        return FMeasure(common, found.Values.Sum(), expected.Values.Sum());
    }

    /// <summary>F-measure over the longest common subsequence.</summary>
    public static double L(string reference, string prediction, bool stem = true)
    {
        var (a, b) = (Tokens(reference, stem), Tokens(prediction, stem));
        var row = new int[b.Count + 1];
        foreach (var word in a)
        {
            var diagonal = 0;
            for (var j = 1; j <= b.Count; j++)
                (diagonal, row[j]) = (row[j], word == b[j - 1] ? diagonal + 1 : Math.Max(row[j], row[j - 1]));
        }
        return FMeasure(row[^1], b.Count, a.Count);
    }

    public static IReadOnlyList<string> Tokens(string text, bool stem)
    {
        var tokens = new List<string>();
        var start = -1;
        text = PythonText.Lower(text);
        for (var i = 0; i <= text.Length; i++)
        {
            var inside = i < text.Length && char.IsAsciiLetterOrDigit(text[i]);
            if (inside && start < 0)
                start = i;
            if (inside || start < 0)
                continue;
            tokens.Add(stem && i - start > 3 ? PorterStemmer.Stem(text[start..i]) : text[start..i]);
            start = -1;
        }
        return tokens;
    }

    private static Dictionary<string, int> Grams(IReadOnlyList<string> tokens, int n)
    {
        var grams = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + n <= tokens.Count; i++)
        {
            var gram = string.Join(' ', tokens.Skip(i).Take(n));
            grams[gram] = grams.GetValueOrDefault(gram) + 1;
        }
        return grams;
    }

    private static double FMeasure(int common, int found, int expected) =>
        common == 0 ? 0 : 2.0 * common / (found + expected);
}
