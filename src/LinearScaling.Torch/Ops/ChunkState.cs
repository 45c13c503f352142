namespace LinearScaling.Torch.Ops;

/// <summary>The scan over chunks that every linear operator shares: the state after earlier chunks, decayed to the
/// start of each chunk.</summary>
internal static class ChunkState
{
    /// <summary>Chunks joined by one lower-triangular product; longer sequences are scanned group by group, so the work
    /// per chunk stays constant.</summary>
    private const int Group = 16;

    /// <summary>S_i = sum over j &lt; i of exp(a_{j+1} + ... + a_{i-1}) X_j, plus exp(a_0 + ... + a_{i-1}) S_0: the
    /// state that enters chunk i.</summary>
    /// <param name="contributions">X, what each chunk adds to the state at its end, fp32 or fp64 [rows, chunks,
    /// width].</param>
    /// <param name="logDecay">a &lt;= 0, the whole decay of each chunk, [rows, chunks].</param>
    /// <param name="initial">S_0 [rows, width], or null for an empty state.</param>
    /// <returns>S [rows, chunks, width].</returns>
    /// <remarks>Every exponent is a sum of log decays taken as a sum, never a difference of cumulative sums: nothing
    /// overflows and nothing cancels.</remarks>
    public static Tensor Exclusive(Tensor contributions, Tensor logDecay, Tensor? initial)
    {
        using var scope = NewDisposeScope();
        var (rows, chunks, width) = (contributions.size(0), contributions.size(1), contributions.size(2));
        if (chunks <= Group)
        {
            var states = bmm(Decays(logDecay, chunks), contributions);
            return (
                initial is null ? states : states.add(Entry(logDecay).unsqueeze(2) * initial.unsqueeze(1))
            ).MoveToOuterDisposeScope();
        }

        var groups = (chunks + Group - 1) / Group;
        var missing = groups * Group - chunks;
        if (missing > 0)
        {
            contributions = nn.functional.pad(contributions, [0, 0, 0, missing]);
            logDecay = nn.functional.pad(logDecay, [0, missing]);
        }
        var inner = logDecay.reshape(rows * groups, Group);
        // Rows 0 ... Group-1 are the states inside the group, row Group is what the group leaves.
        var local = bmm(Decays(inner, Group + 1), contributions.reshape(rows * groups, Group, width))
            .view(rows, groups, Group + 1, width);
        var entering = Exclusive(local.select(2, Group), logDecay.reshape(rows, groups, Group).sum(2L), initial);
        var passed = Entry(inner).view(rows, groups, Group, 1) * entering.unsqueeze(2);
        var all = passed.add_(local.narrow(2, 0, Group)).view(rows, groups * Group, width);
        return (missing > 0 ? all.narrow(1, 0, chunks) : all).MoveToOuterDisposeScope();
    }

    /// <summary>Entry [i, j] = exp(a_{j+1} + ... + a_{i-1}) for j &lt; i, else 0: [rows, <paramref name="states"/>,
    /// chunks].</summary>
    private static Tensor Decays(Tensor logDecay, long states)
    {
        var chunks = logDecay.size(1);
        var i = arange(states, device: logDecay.device).view(-1, 1, 1);
        var j = arange(chunks, device: logDecay.device).view(1, -1, 1);
        var l = arange(chunks, device: logDecay.device).view(1, 1, -1);
        var between = l.gt(j).logical_and(l.lt(i)).to(logDecay.dtype).view(states * chunks, chunks);
        var decays = nn.functional.linear(logDecay, between).exp().view(-1, states, chunks);
        return decays * j.lt(i).squeeze(2).to(logDecay.dtype);
    }

    /// <summary>exp(a_0 + ... + a_{i-1}): the share of the initial state that enters chunk i, [rows, chunks].</summary>
    private static Tensor Entry(Tensor logDecay)
    {
        var chunks = logDecay.size(1);
        var earlier = ones(chunks, chunks, dtype: logDecay.dtype, device: logDecay.device).tril(-1);
        return nn.functional.linear(logDecay, earlier).exp();
    }
}
