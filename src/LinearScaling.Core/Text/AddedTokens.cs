namespace LinearScaling.Text;

/// <summary>Tokens that are cut out of the text before it is split, the leftmost first and of those the longest:
/// GPT-NeoX's runs of spaces.</summary>
internal sealed class AddedTokens
{
    public delegate void EncodeRest(ReadOnlySpan<char> text, List<int> ids);

    private readonly List<AddedToken> tokens;
    private readonly Dictionary<int, string> byId;
    private readonly char[] firsts;

    public AddedTokens(IEnumerable<AddedToken> added)
    {
        tokens = [.. added.Where(t => t.Content.Length > 0).OrderByDescending(t => t.Content.Length)];
        byId = tokens.ToDictionary(t => t.Id, t => t.Content);
        firsts = [.. tokens.Select(t => t.Content[0]).Distinct()];
    }

    public string? Text(int id) => byId.GetValueOrDefault(id);

    public void Encode(ReadOnlySpan<char> text, EncodeRest rest, List<int> ids)
    {
        var start = 0;
        for (var at = 0; tokens.Count > 0; )
        {
            var candidate = text[at..].IndexOfAny(firsts);
            if (candidate < 0)
                break;
            at += candidate;
            if (Longest(text[at..]) is not { } token)
            {
                at++;
                continue;
            }
            rest(text[start..at], ids);
            ids.Add(token.Id);
            start = at += token.Content.Length;
        }
        rest(text[start..], ids);
    }

    private AddedToken? Longest(ReadOnlySpan<char> text)
    {
        foreach (var token in tokens)
            if (text.StartsWith(token.Content))
                return token;
        return null;
    }
}
