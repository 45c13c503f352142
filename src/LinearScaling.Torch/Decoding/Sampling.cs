using LinearScaling.Configuration;

namespace LinearScaling.Torch.Decoding;

/// <summary>How the next token is chosen from logits: first the penalty, then temperature, top-k, top-p, and a draw
/// from what is left.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the likeliest token (the lowest id where several are).</param>
/// <param name="TopK">Only the k likeliest tokens; 0 for all.</param>
/// <param name="TopP">Only the likeliest tokens whose probabilities first reach p together (arXiv 1904.09751).</param>
/// <param name="RepetitionPenalty">Divides the positive and multiplies the negative logits of tokens that occurred
/// (arXiv 1909.05858).</param>
public sealed record Sampling(
    [Range(0, 1e6)] double Temperature = 0,
    [Range(0, int.MaxValue)] int TopK = 0,
    [Range(0, 1)] double TopP = 1,
    [Positive] double RepetitionPenalty = 1
)
{
    /// <param name="logits">One per token of the vocabulary; overwritten.</param>
    /// <param name="seen">Tokens of the prompt and of the continuation so far.</param>
    /// <param name="uniform">A number from [0, 1): the same number, the same token.</param>
    public int Choose(Span<float> logits, IEnumerable<int> seen, double uniform)
    {
        if (RepetitionPenalty != 1)
            foreach (var token in seen.Distinct())
                logits[token] = (float)(
                    logits[token] > 0 ? logits[token] / RepetitionPenalty : logits[token] * RepetitionPenalty
                );
        var best = Largest(logits);
        if (Temperature == 0)
            return best;

        var highest = logits[best];
        var (weights, tokens) = (new double[logits.Length], new int[logits.Length]);
        for (var i = 0; i < weights.Length; i++)
            (weights[i], tokens[i]) = (Math.Exp((logits[i] - highest) / Temperature), i);
        var kept = weights.Length;
        if (TopK > 0 || TopP < 1)
        {
            Array.Sort(weights, tokens, Comparer<double>.Create((a, b) => b.CompareTo(a)));
            if (TopK > 0)
                kept = Math.Min(kept, TopK);
            kept = Nucleus(weights.AsSpan(0, kept));
        }
        return tokens[Draw(weights.AsSpan(0, kept), uniform)];
    }

    /// <summary>How many of the weights, largest first, it takes to reach top-p of their sum; at least one.</summary>
    private int Nucleus(ReadOnlySpan<double> weights)
    {
        var target = TopP * Sum(weights);
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++)
            if ((sum += weights[i]) >= target)
                return i + 1;
        return weights.Length;
    }

    private static int Largest(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }

    private static double Sum(ReadOnlySpan<double> weights)
    {
        var sum = 0.0;
        foreach (var weight in weights)
            sum += weight;
        return sum;
    }

    private static int Draw(ReadOnlySpan<double> weights, double uniform)
    {
        var target = uniform * Sum(weights);
        var sum = 0.0;
        var last = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            last = i;
            if ((sum += weights[i]) > target)
                return i;
        }
        return last;
    }
}
