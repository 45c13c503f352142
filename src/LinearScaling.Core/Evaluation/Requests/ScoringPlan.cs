using LinearScaling.Compute;

namespace LinearScaling.Evaluation.Requests;

/// <summary>One input row and everything that is read off it: sequences whose inputs are equal (choices of one token
/// after the same context) share a row.</summary>
/// <param name="Input">The input's token ids, context included.</param>
/// <param name="Sequences">Indices of the sequences; each scores the last positions of the row.</param>
public sealed record ScoringRow(int[] Input, List<int> Sequences);

/// <summary>Rows that continue the same context.</summary>
/// <param name="Context">Length of the context in tokens; its last token is an input of every row, since it predicts
/// the first scored token.</param>
public sealed record ScoringGroup(int Context, List<ScoringRow> Rows)
{
    public long Tokens => Context + Rows.Sum(r => (long)r.Input.Length - Context);
}

/// <summary>Rows of similar length that go through the model together, padded on the right.</summary>
/// <param name="Rows">Each with the index of its group's context.</param>
/// <param name="Start">The first token of the rows that is run: those before are in the contexts' states.</param>
/// <param name="Width">Tokens per row, padding included.</param>
public sealed record ScoringPass(IReadOnlyList<(ScoringRow Row, int Context)> Rows, int Start, int Width)
{
    public long Tokens => (long)Rows.Count * Width;
}

/// <summary>Contexts that run once, and the passes that go on from their states.</summary>
/// <param name="Shared">Tokens of every context that run once, the family's prefix included; 0 where the rows run
/// whole.</param>
/// <param name="Contexts">Those tokens and what follows them; empty where the rows go on from the prefix itself, or run
/// whole.</param>
public sealed record ScoringBatch(int Shared, IReadOnlyList<int[]> Contexts, IReadOnlyList<ScoringPass> Passes);

/// <summary>Batches whose contexts all begin with the same tokens: the few-shot examples that questions have in
/// common.</summary>
/// <param name="Prefix">Run once for all; empty where nothing is common.</param>
public sealed record ScoringFamily(int[] Prefix, IReadOnlyList<ScoringBatch> Batches)
{
    /// <summary>Tokens that go through the model for a batch, padding included.</summary>
    public long TokensOf(ScoringBatch batch) =>
        (long)batch.Contexts.Count * (batch.Shared - Prefix.Length) + batch.Passes.Sum(p => p.Tokens);

    /// <summary>Tokens that go through the model, padding included.</summary>
    public long Tokens => Prefix.Length + Batches.Sum(TokensOf);
}

/// <summary>Sequences to batches of similar length within a budget of tokens.</summary>
/// <param name="batchTokens">Tokens that go through the model at once.</param>
/// <param name="state">What a sequence leaves behind in the model.</param>
public sealed class ScoringPlan(int batchTokens, StateSize state)
{
    /// <summary>Below this many tokens a context is cheaper to run again than to share.</summary>
    private const int ShortestShared = 8;

    /// <summary>Contexts whose first tokens agree this far may share a prefix.</summary>
    private const int ShortestPrefix = 64;

    /// <summary>Wasted tokens of a pass that cost less than another pass.</summary>
    private const int FreeTokens = 256;

    /// <summary>Bytes that the states of a batch's contexts may take, and those of a pass's rows: of a model of 7
    /// billion parameters a state takes 69 MB and more, at every length.</summary>
    private const long StateBytes = 1 << 30;

    public List<ScoringFamily> Make(IReadOnlyList<ScoredSequence> sequences, bool shareContext)
    {
        var groups = Groups(sequences);
        if (!shareContext)
            return [Family([], groups, shareContext)];
        var families = groups
            .Where(g => g.Context > ShortestPrefix)
            .GroupBy(g => new TokenSpan(g.Rows[0].Input, ShortestPrefix))
            .Select(members => (Members: members.ToList(), Prefix: Prefix([.. members])))
            .Where(f => f.Prefix.Length > 0)
            .ToList();
        var others = groups.Except(families.SelectMany(f => f.Members)).ToList();
        return
        [
            .. others.Count > 0 ? (ScoringFamily[])[Family([], others, shareContext)] : [],
            .. families.Select(f => Family(f.Prefix, f.Members, shareContext)),
        ];
    }

    /// <summary>What all contexts begin with, where that is half of them or more; a context's last token is an input of
    /// its rows.</summary>
    private static int[] Prefix(List<ScoringGroup> groups)
    {
        var common = groups[0].Rows[0].Input.AsSpan(0, groups[0].Context - 1);
        foreach (var group in groups)
            common = common[..common.CommonPrefixLength(group.Rows[0].Input.AsSpan(0, group.Context - 1))];
        return groups.Count > 1 && common.Length >= groups.Average(g => g.Context) / 2 ? common.ToArray() : [];
    }

    private ScoringFamily Family(int[] prefix, List<ScoringGroup> groups, bool shareContext)
    {
        var sharing = groups
            .Where(g => shareContext && g.Rows.Count > 1 && g.Context - prefix.Length > ShortestShared)
            .ToList();
        var alone = groups.Except(sharing).SelectMany(g => g.Rows.Select(r => (r, 0)));
        return new(
            prefix,
            [
                .. Passes(alone, prefix.Length).Select(p => new ScoringBatch(prefix.Length, [], [p])),
                .. Batches(sharing, prefix.Length),
            ]
        );
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

    /// <summary>Longest contexts first; what a context has beyond the shortest of its batch runs again with every row,
    /// which may make an eighth of the batch.</summary>
    private IEnumerable<ScoringBatch> Batches(List<ScoringGroup> groups, int prefix)
    {
        List<ScoringGroup> members = [];
        var (tokens, rows, again) = (0L, 0L, 0L);
        foreach (var group in groups.OrderByDescending(g => g.Context))
        {
            var more = members.Count == 0 ? 0 : rows * (members[^1].Context - group.Context);
            if (
                members.Count > 0
                && (
                    (members.Count + 1L) * (members[0].Context - prefix) > batchTokens
                    || !StatesFit(members.Count + 1L, members[0].Context)
                    || again + more > Math.Max(FreeTokens, tokens / 8)
                )
            )
            {
                yield return Batch(members);
                members = [];
                (tokens, rows, again, more) = (0, 0, 0, 0);
            }
            members.Add(group);
            tokens += group.Tokens - prefix;
            rows += group.Rows.Count;
            again += more;
        }
        if (members.Count > 0)
            yield return Batch(members);
    }

    private bool StatesFit(long sequences, long tokens) =>
        sequences * (state.RecurrentBytes + state.KeyValueBytes(tokens, sizeof(float))) <= StateBytes;

    private ScoringBatch Batch(List<ScoringGroup> groups)
    {
        var shared = groups[^1].Context - 1;
        return new(
            shared,
            groups.ConvertAll(g => g.Rows[0].Input),
            [.. Passes(groups.SelectMany((g, i) => g.Rows.Select(r => (r, i))), shared)]
        );
    }

    /// <summary>Longest rows first; a pass ends at the budget, or where padding would make an eighth of it.</summary>
    /// <remarks>
    /// Only some heights and widths are used. For every new shape oneDNN makes a kernel, which takes half a
    /// millisecond; that was a third of the time of a nano model on ARC.
    /// </remarks>
    private IEnumerable<ScoringPass> Passes(IEnumerable<(ScoringRow Row, int Context)> rows, int start)
    {
        var sorted = rows.OrderByDescending(r => r.Row.Input.Length).ToList();
        for (var first = 0; first < sorted.Count; )
        {
            var width = Width(sorted[first].Row.Input.Length - start);
            var (height, padding) = (0, 0L);
            for (; first + height < sorted.Count; height++)
            {
                var (tokens, more) = ((height + 1L) * width, width - (sorted[first + height].Row.Input.Length - start));
                if (
                    height > 0
                    && (
                        tokens > batchTokens
                        || start > 0 && !StatesFit(height + 1L, start + width)
                        || padding + more > Math.Max(FreeTokens, tokens / 8)
                    )
                )
                    break;
                padding += more;
            }
            height = Height(height);
            yield return new(sorted.GetRange(first, height), start, width);
            first += height;
        }
    }

    /// <summary>Rounds up to the next of sixteen widths between powers of two; very wide rows are few and keep their
    /// width.</summary>
    private static int Width(int tokens)
    {
        var step = tokens > 512 ? 1 : Math.Max(1, (1 << System.Numerics.BitOperations.Log2((uint)tokens)) / 16);
        return (tokens + step - 1) / step * step;
    }

    /// <summary>Down to 1, 2, 3, 4, 6, 8, 12, ...</summary>
    private static int Height(int rows)
    {
        var power = 1 << System.Numerics.BitOperations.Log2((uint)rows);
        return rows >= power + power / 2 ? power + power / 2 : power;
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
