using System.Text;

namespace LinearScaling.Evaluation.Scores;

/// <summary>Exact match and token F1 between answers, as the SQuAD evaluation defines them
/// (arXiv:1606.05250).</summary>
public static class SquadMetrics
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>Lower case, without ASCII punctuation and articles between word boundaries, single spaces.</summary>
    public static string Normalize(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var c in PythonText.Lower(text))
            if (!Punctuation.Contains(c, StringComparison.Ordinal))
                kept.Append(c);
        return string.Join(' ', PythonText.Words(WithoutArticles(kept.ToString())));
    }

    /// <summary>What <c>re.sub(r"\b(a|an|the)\b", " ", text)</c> gives: a word ends at a dash as at a space.</summary>
    private static string WithoutArticles(string text)
    {
        var kept = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; )
        {
            var end = at;
            while (end < text.Length && Rune.TryGetRuneAt(text, end, out var rune) && PythonText.IsWord(rune))
                end += rune.Utf16SequenceLength;
            if (end == at)
                kept.Append(text[at++]);
            else if (text[at..end] is "a" or "an" or "the")
                (at, _) = (end, kept.Append(' '));
            else
                (at, _) = (end, kept.Append(text, at, end - at));
        }
        return kept.ToString();
    }

    public static double ExactMatch(string prediction, string reference) =>
        Normalize(prediction) == Normalize(reference) ? 1 : 0;

    public static double F1(string prediction, string reference)
    {
        var (found, expected) = (PythonText.Words(Normalize(prediction)), PythonText.Words(Normalize(reference)));
        var left = expected
            .GroupBy(w => w, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var common = 0;
        foreach (var word in found)
            if (left.GetValueOrDefault(word) > 0)
            {
                left[word]--;
                common++;
            }
        return common == 0 ? 0 : 2.0 * common / (found.Length + expected.Length);
    }

    /// <summary>The best value over several references.</summary>
    public static double Best(IEnumerable<string> references, Func<string, double> score) => references.Max(score);
}
