namespace LinearScaling.Configuration;

/// <summary>The answer to an unknown name: the names it may have meant, then all of them.</summary>
public static class NearestNames
{
    private const int MostSuggested = 3;

    /// <summary><c>unknown size '1g'; did you mean 1b? one of: 70m, 1b, ...</c></summary>
    /// <param name="kind">What the name should have named: "architecture", "metric".</param>
    public static string Unknown(string kind, string name, IEnumerable<string> known) =>
        $"unknown {kind} '{name}'; {Hint(name, known)}";

    /// <summary><c>did you mean 1b? one of: 70m, 1b, ...</c></summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var all = known.Distinct().ToList();
        var near = Find(name, all);
        var meant = near switch
        {
            [] => "",
            [var only] => $"did you mean {only}? ",
            _ => $"did you mean {string.Join(", ", near.SkipLast(1))} or {near[^1]}? ",
        };
        return meant + (all.Count == 0 ? "there are none here" : "one of: " + string.Join(", ", all));
    }

    /// <summary>The names within two fifths of the letters, nearest first; else those that begin with it or that it
    /// begins with; at most three.</summary>
    public static IReadOnlyList<string> Find(string name, IEnumerable<string> known)
    {
        var all = known.ToList();
        var near = all.Select(candidate => (candidate, distance: Distance(Plain(name), Plain(candidate))))
            .Where(c => c.distance <= Math.Max(1, Math.Max(name.Length, c.candidate.Length) * 2 / 5))
            .OrderBy(c => c.distance)
            .Select(c => c.candidate)
            .ToList();
        if (near.Count == 0 && name.Length > 1)
            near = all.FindAll(c =>
                Plain(c).StartsWith(Plain(name), StringComparison.Ordinal)
                || Plain(name).StartsWith(Plain(c), StringComparison.Ordinal)
            );
        return [.. near.Take(MostSuggested)];
    }

    private static string Plain(string name) => name.ToLowerInvariant().Replace('-', '_').TrimStart('_');

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours that turn one into the other (optimal
    /// string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        for (var j = 0; j <= b.Length; j++)
        {
            if (i == 0 || j == 0)
            {
                d[i, j] = i + j;
                continue;
            }
            d[i, j] = Math.Min(
                Math.Min(d[i - 1, j], d[i, j - 1]) + 1,
                d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
            );
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
        }
        return d[a.Length, b.Length];
    }
}
