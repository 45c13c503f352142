namespace LinearScaling.Evaluation.Scores;

/// <summary>Porter's suffix stripping (1980) with the departures of NLTK's default mode, which the reference ROUGE
/// stems with.</summary>
public static class PorterStemmer
{
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["skies"] = "sky",
        ["sky"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["innings"] = "inning",
        ["inning"] = "inning",
        ["outings"] = "outing",
        ["outing"] = "outing",
        ["cannings"] = "canning",
        ["canning"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    private static readonly (string, string)[] DoubleSuffixes =
    [
        ("ational", "ate"),
        ("tional", "tion"),
        ("enci", "ence"),
        ("anci", "ance"),
        ("izer", "ize"),
        ("bli", "ble"),
        ("alli", "al"),
        ("entli", "ent"),
        ("eli", "e"),
        ("ousli", "ous"),
        ("ization", "ize"),
        ("ation", "ate"),
        ("ator", "ate"),
        ("alism", "al"),
        ("iveness", "ive"),
        ("fulness", "ful"),
        ("ousness", "ous"),
        ("aliti", "al"),
        ("iviti", "ive"),
        ("biliti", "ble"),
        ("fulli", "ful"),
    ];

    private static readonly (string, string)[] Adjectives =
    [
        ("icate", "ic"),
        ("ative", ""),
        ("alize", "al"),
        ("iciti", "ic"),
        ("ical", "ic"),
        ("ful", ""),
        ("ness", ""),
    ];

    private static readonly string[] Endings =
    [
        "al",
        "ance",
        "ence",
        "er",
        "ic",
        "able",
        "ible",
        "ant",
        "ement",
        "ment",
        "ent",
        "ion",
        "ou",
        "ism",
        "ate",
        "iti",
        "ous",
        "ive",
        "ize",
    ];

    /// <param name="word">In lower case.</param>
    public static string Stem(string word)
    {
        if (Irregular.TryGetValue(word, out var known))
            return known;
        return word.Length <= 2 ? word : Final(Residue(Adjective(Suffix(Y(Participle(Plural(word)))))));
    }

    private static string Plural(string word) =>
        word.EndsWith("ies", StringComparison.Ordinal)
            ? word.Length == 4
                ? word[..^1]
                : word[..^2]
            : word.EndsWith("sses", StringComparison.Ordinal)
                ? word[..^2]
                : word.EndsWith("ss", StringComparison.Ordinal) || !word.EndsWith('s')
                    ? word
                    : word[..^1];

    private static string Participle(string word)
    {
        if (word.EndsWith("ied", StringComparison.Ordinal))
            return word.Length == 4 ? word[..^1] : word[..^2];
        if (word.EndsWith("eed", StringComparison.Ordinal))
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        var stem =
            word.EndsWith("ed", StringComparison.Ordinal) ? word[..^2]
            : word.EndsWith("ing", StringComparison.Ordinal) ? word[..^3]
            : null;
        if (stem is null || !HasVowel(stem))
            return word;
        if (
            stem.EndsWith("at", StringComparison.Ordinal)
            || stem.EndsWith("bl", StringComparison.Ordinal)
            || stem.EndsWith("iz", StringComparison.Ordinal)
        )
            return stem + "e";
        if (stem.Length >= 2 && stem[^1] == stem[^2] && IsConsonant(stem, stem.Length - 1))
            return stem[^1] is 'l' or 's' or 'z' ? stem : stem[..^1];
        return Measure(stem) == 1 && EndsConsonantVowelConsonant(stem) ? stem + "e" : stem;
    }

    private static string Y(string word) =>
        word.EndsWith('y') && word.Length > 2 && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    private static string Suffix(string word)
    {
        if (word.EndsWith("alli", StringComparison.Ordinal) && Measure(word[..^4]) > 0)
            return Suffix(word[..^2]);
        return word.EndsWith("logi", StringComparison.Ordinal)
            ? Measure(word[..^3]) > 0
                ? word[..^1]
                : word
            : Replace(word, DoubleSuffixes);
    }

    private static string Adjective(string word) => Replace(word, Adjectives);

    private static string Residue(string word)
    {
        var ending = Array.Find(Endings, e => word.EndsWith(e, StringComparison.Ordinal));
        if (ending is null)
            return word;
        var stem = word[..^ending.Length];
        return Measure(stem) > 1 && (ending != "ion" || stem[^1] is 's' or 't') ? stem : word;
    }

    private static string Final(string word)
    {
        if (word.EndsWith('e'))
        {
            var stem = word[..^1];
            var measure = Measure(stem);
            if (measure > 1 || (measure == 1 && !EndsConsonantVowelConsonant(stem)))
                word = stem;
        }
        return word.EndsWith("ll", StringComparison.Ordinal) && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    /// <summary>The first suffix that fits decides, whether its condition holds or not.</summary>
    private static string Replace(string word, (string Suffix, string By)[] rules)
    {
        foreach (var (suffix, by) in rules)
            if (word.EndsWith(suffix, StringComparison.Ordinal))
                return Measure(word[..^suffix.Length]) > 0 ? word[..^suffix.Length] + by : word;
        return word;
    }

    /// <summary>How often a consonant follows a vowel: the m of [C](VC)^m[V].</summary>
    private static int Measure(string stem)
    {
        var measure = 0;
        for (var i = 1; i < stem.Length; i++)
            if (IsConsonant(stem, i) && !IsConsonant(stem, i - 1))
                measure++;
        return measure;
    }

    private static bool HasVowel(string stem) => Enumerable.Range(0, stem.Length).Any(i => !IsConsonant(stem, i));

    private static bool IsConsonant(string word, int i) =>
        word[i] switch
        {
            'a' or 'e' or 'i' or 'o' or 'u' => false,
            'y' => i == 0 || !IsConsonant(word, i - 1),
            _ => true,
        };

    private static bool EndsConsonantVowelConsonant(string word) =>
        (
            word.Length >= 3
            && IsConsonant(word, word.Length - 3)
            && !IsConsonant(word, word.Length - 2)
            && IsConsonant(word, word.Length - 1)
            && word[^1] is not ('w' or 'x' or 'y')
        ) || (word.Length == 2 && !IsConsonant(word, 0) && IsConsonant(word, 1));
}
