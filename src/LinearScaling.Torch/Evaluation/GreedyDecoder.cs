using LinearScaling.Evaluation;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Greedy decoding of prompts of one length: the prompt in pieces, then a token at a time.</summary>
internal static class GreedyDecoder
{
    /// <returns>The generated tokens of each prompt, the one that stopped it included.</returns>
    public static int[][] Continue(LanguageModel model, IReadOnlyList<TokenPrompt> prompts, int batchTokens, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var device = model.Parameters.Device;
        var batch = prompts.Count;
        var length = prompts[0].Tokens.Length;
        var generated = prompts.Select(_ => new List<int>()).ToArray();
        var open = prompts.Select(p => p.MaxTokens > 0).ToArray();

        var ids = tensor(prompts.SelectMany(p => p.Tokens).Select(t => (long)t).ToArray(), device: device).view(batch, length);
        using var state = model.NewState(batch);
        var piece = Math.Max(1, batchTokens / batch);
        long[] next = [];
        for (var start = 0; start < length; start += piece)
            next = Next(model, ids.narrow(1, start, Math.Min(piece, length - start)), state, cancellationToken);
        while (true)
        {
            for (var b = 0; b < batch; b++)
                if (open[b])
                {
                    generated[b].Add((int)next[b]);
                    open[b] = generated[b].Count < prompts[b].MaxTokens && !prompts[b].Stop(generated[b]);
                }
            if (!open.Contains(true))
                return [.. generated.Select(g => g.ToArray())];
            using var step = NewDisposeScope();
            next = Next(model, tensor(next, device: device).view(batch, 1), state, cancellationToken);
        }
    }

    /// <summary>Advances the state; the likeliest token after the last one, a sequence.</summary>
    private static long[] Next(LanguageModel model, Tensor ids, DecodingState state, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var hidden = model.Extend(ids, state);
        return model.Head(hidden.select(1, hidden.shape[1] - 1)).argmax(1).cpu().data<long>().ToArray();
    }
}
