using LinearScaling.Evaluation;

namespace LinearScaling.Torch.Evaluation;

/// <summary>One input row and everything that is read off it: sequences whose inputs are equal (choices of one token after the same context) share a row.</summary>
/// <param name="Input">The input's token ids, context included.</param>
/// <param name="Sequences">Indices of the sequences; each scores the last positions of the row.</param>
internal sealed record ScoringRow(int[] Input, List<int> Sequences);

/// <summary>Rows that continue the same context.</summary>
/// <param name="Context">Length of the context in tokens; its last token is an input of every row, since it predicts the first scored token.</param>
internal sealed record ScoringGroup(int Context, List<ScoringRow> Rows)
{
    public long Tokens => Context + Rows.Sum(r => (long)r.Input.Length - Context);
}

/// <summary>Rows of similar length that go through the model together, padded on the right.</summary>
/// <param name="Rows">Each with the index of its group's context.</param>
/// <param name="Start">The first token of the rows that is run: those before are in the contexts' states.</param>
internal sealed record ScoringPass(IReadOnlyList<(ScoringRow Row, int Context)> Rows, int Start)
{
    public int Width => Rows.Max(r => r.Row.Input.Length) - Start;

    public long Tokens => (long)Rows.Count * Width;
}

/// <summary>Contexts that run once, and the passes that go on from their states.</summary>
/// <param name="Shared">Tokens of every context that run once; 0 where the rows run whole.</param>
/// <param name="Contexts">Those tokens and what follows them; empty where the rows run whole.</param>
internal sealed record ScoringBatch(int Shared, IReadOnlyList<int[]> Contexts, IReadOnlyList<ScoringPass> Passes)
{
    /// <summary>Tokens that go through the model, padding included.</summary>
    public long Tokens => (long)Contexts.Count * Shared + Passes.Sum(p => p.Tokens);
}

/// <summary>Sequences to batches of similar length within a budget of tokens.</summary>
internal static class ScoringPlan
{
    /// <summary>Below this many tokens a context is cheaper to run again than to share.</summary>
    private const int ShortestShared = 8;

    /// <summary>Wasted tokens of a pass that cost less than another pass.</summary>
    private const int FreeTokens = 256;

    public static List<ScoringBatch> Make(IReadOnlyList<ScoredSequence> sequences, int batchTokens, bool shareContext)
    {
        var groups = Groups(sequences);
        var sharing = groups.Where(g => shareContext && g.Rows.Count > 1 && g.Context > ShortestShared).ToList();
        var alone = groups.Except(sharing).SelectMany(g => g.Rows.Select(r => (r, 0)));
        return [.. Passes(alone, 0, batchTokens).Select(p => new ScoringBatch(0, [], [p])), .. Batches(sharing, batchTokens)];
    }

    private static List<ScoringGroup> Groups(IReadOnlyList<ScoredSequence> sequences)
    {
        var groups = new Dictionary<TokenSpan, Dictionary<TokenSpan, ScoringRow>>();
        for (var i = 0; i < sequences.Count; i++)
        {
            var (tokens, scored) = sequences[i];
            if (scored == 0)
                continue;
            var context = new TokenSpan(tokens, tokens.Length - scored);
            if (!groups.TryGetValue(context, out var rows))
                groups.Add(context, rows = []);
            var input = new TokenSpan(tokens, tokens.Length - 1);
            if (!rows.TryGetValue(input, out var row))
                rows.Add(input, row = new(tokens[..^1], []));
            row.Sequences.Add(i);
        }
        return [.. groups.Select(g => new ScoringGroup(g.Key.Length, [.. g.Value.Values]))];
    }

    /// <summary>Longest contexts first; what a context has beyond the shortest of its batch runs again with every row, which may make an eighth of the batch.</summary>
    private static IEnumerable<ScoringBatch> Batches(List<ScoringGroup> groups, int batchTokens)
    {
        List<ScoringGroup> members = [];
        var (tokens, rows, again) = (0L, 0L, 0L);
        foreach (var group in groups.OrderByDescending(g => g.Context))
        {
            var more = members.Count == 0 ? 0 : rows * (members[^1].Context - group.Context);
            if (members.Count > 0 && (tokens + group.Tokens > batchTokens || again + more > Math.Max(FreeTokens, tokens / 8)))
            {
                yield return Batch(members, batchTokens);
                members = [];
                (tokens, rows, again, more) = (0, 0, 0, 0);
            }
            members.Add(group);
            tokens += group.Tokens;
            rows += group.Rows.Count;
            again += more;
        }
        if (members.Count > 0)
            yield return Batch(members, batchTokens);
    }

    private static ScoringBatch Batch(List<ScoringGroup> groups, int batchTokens)
    {
        var shared = groups[^1].Context - 1;
        return new(shared, groups.ConvertAll(g => g.Rows[0].Input), [.. Passes(groups.SelectMany((g, i) => g.Rows.Select(r => (r, i))), shared, batchTokens)]);
    }

    /// <summary>Longest rows first; a pass ends at the budget, or where padding would make an eighth of it.</summary>
    private static IEnumerable<ScoringPass> Passes(IEnumerable<(ScoringRow Row, int Context)> rows, int start, int batchTokens)
    {
        List<(ScoringRow, int)> members = [];
        var (width, padding) = (0L, 0L);
        foreach (var member in rows.OrderByDescending(r => r.Row.Input.Length))
        {
            var length = member.Row.Input.Length - start;
            var tokens = (members.Count + 1) * width;
            if (members.Count > 0 && (tokens > batchTokens || padding + width - length > Math.Max(FreeTokens, tokens / 8)))
            {
                yield return new(members, start);
                members = [];
            }
            if (members.Count == 0)
                (width, padding) = (length, 0);
            members.Add(member);
            padding += width - length;
        }
        if (members.Count > 0)
            yield return new(members, start);
    }

    /// <summary>The first tokens of an array, compared by content.</summary>
    private readonly struct TokenSpan(int[] tokens, int length) : IEquatable<TokenSpan>
    {
        public int Length => length;

        private ReadOnlySpan<int> Span => tokens.AsSpan(0, length);

        public bool Equals(TokenSpan other) => Span.SequenceEqual(other.Span);

        public override bool Equals(object? obj) => obj is TokenSpan other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Span));
            return hash.ToHashCode();
        }
    }
}
