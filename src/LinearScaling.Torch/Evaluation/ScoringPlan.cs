using LinearScaling.Evaluation;

namespace LinearScaling.Torch.Evaluation;

/// <summary>One input row and everything that is read off it: sequences whose inputs are equal (choices of one token after the same context) share a row.</summary>
/// <param name="Input">The input's token ids, context included.</param>
/// <param name="Sequences">Indices of the sequences; each scores the last positions of the row.</param>
internal sealed record ScoringRow(int[] Input, List<int> Sequences);

/// <summary>Rows that continue the same context.</summary>
/// <param name="Context">Length of the context in tokens; its last token is an input of every row, since it predicts the first scored token.</param>
internal sealed record ScoringGroup(int Context, List<ScoringRow> Rows);

/// <summary>
/// Rows that go through the model together, padded on the right. Where <paramref name="Shared"/> is positive the groups'
/// first <paramref name="Shared"/> tokens run once a group, and their state is repeated for its rows.
/// </summary>
internal sealed record ScoringBatch(int Shared, List<ScoringGroup> Groups)
{
    public int Width => Groups.Max(g => g.Rows.Max(r => r.Input.Length)) - Shared;

    public int RowsPerGroup => Groups[0].Rows.Count;

    /// <summary>Tokens that go through the model, padding included.</summary>
    public long Tokens => (long)Groups.Count * Shared + (long)Groups.Count * RowsPerGroup * Width;
}

/// <summary>Sequences to batches of similar length within a budget of tokens.</summary>
internal static class ScoringPlan
{
    /// <summary>Below this many tokens a context is cheaper to run again than to share.</summary>
    private const int ShortestShared = 8;

    public static List<ScoringBatch> Make(IReadOnlyList<ScoredSequence> sequences, int batchTokens, bool shareContext)
    {
        var groups = Groups(sequences);
        var sharing = groups.Where(g => shareContext && g.Rows.Count > 1 && g.Context > ShortestShared).ToList();
        var alone = groups.Except(sharing).SelectMany(g => g.Rows.Select(r => new ScoringGroup(g.Context, [r]))).ToList();
        return [.. Pack(alone, batchTokens, g => g.Rows[0].Input.Length, _ => 0), .. Pack(sharing, batchTokens, g => g.Context, g => g.Context - 1).SelectMany(b => Split(b, batchTokens))];
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

    /// <summary>Longest first, groups of as many rows together; a batch ends at the budget, or where its shortest member would be mostly padding.</summary>
    private static IEnumerable<ScoringBatch> Pack(List<ScoringGroup> groups, int batchTokens, Func<ScoringGroup, int> length, Func<ScoringGroup, int> shared)
    {
        List<ScoringGroup> members = [];
        var width = 0;
        foreach (var group in groups.OrderByDescending(g => g.Rows.Count).ThenByDescending(length).ThenByDescending(g => g.Rows.Max(r => r.Input.Length)))
        {
            if (members.Count > 0)
            {
                var start = shared(group);
                var tail = Math.Max(width, group.Rows.Max(r => r.Input.Length)) - start;
                var tokens = (members.Count + 1L) * (start + (long)group.Rows.Count * tail);
                if (group.Rows.Count != members[0].Rows.Count || tokens > batchTokens || length(members[0]) - length(group) > Math.Max(8, length(members[0]) / 8))
                {
                    yield return new(shared(members[^1]), members);
                    members = [];
                    width = 0;
                }
            }
            members.Add(group);
            width = Math.Max(width, group.Rows.Max(r => r.Input.Length));
        }
        if (members.Count > 0)
            yield return new(shared(members[^1]), members);
    }

    /// <summary>One context whose rows alone exceed the budget is run for a few rows at a time.</summary>
    private static IEnumerable<ScoringBatch> Split(ScoringBatch batch, int batchTokens)
    {
        if (batch.Groups.Count > 1 || batch.Tokens <= batchTokens)
            return [batch];
        var group = batch.Groups[0];
        var rows = (int)Math.Clamp((batchTokens - batch.Shared) / Math.Max(1, batch.Width), 1, group.Rows.Count);
        return group.Rows.Chunk(rows).Select(part => new ScoringBatch(part.Length == 1 ? 0 : batch.Shared, [new(group.Context, [.. part])]));
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
