using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Decoding;

/// <summary>Continues prompts: what they share in length is read by the chunked form, the rest and the continuation go
/// through the recurrent form, a token at a time.</summary>
/// <remarks>
/// Every sequence of a batch starts at position 0; one whose prompt is longer is fed its own tokens while the others
/// already sample. So nothing is padded, and a prompt's continuation does not depend on its neighbours.
/// </remarks>
/// <param name="seed">With the prompt, and the number of times it came before among the prompts, the seed of its
/// draws.</param>
/// <param name="batchTokens">Tokens of prompts that go through the model at once, and that prompts decoded together
/// have; a longer one is decoded alone, in pieces.</param>
public sealed class Decoder(LanguageModel model, Sampling sampling, ulong seed = 0, int batchTokens = 8192)
{
    /// <summary>Prompts decoded together at most: each has a state.</summary>
    private const int MaxBatch = 32;

    /// <summary>The lengths of prompts decoded together differ by at most so many tokens, which are read one by
    /// one.</summary>
    private const int MaxLengthDifference = 64;

    /// <param name="prompts">At least one token each; all with the same limit and end.</param>
    /// <param name="maxTokens">Tokens to generate at most, a prompt.</param>
    /// <param name="stop">Told a prompt's continuation after each of its tokens; true ends it.</param>
    /// <returns>The generated tokens of each prompt, the one that stopped it included; null where a logit was
    /// NaN.</returns>
    public IReadOnlyList<int[]?> Continue(
        IReadOnlyList<int[]> prompts,
        int maxTokens,
        Func<IReadOnlyList<int>, bool> stop,
        CancellationToken cancellationToken = default
    ) => Continue([.. prompts.Select(p => new TokenPrompt(p, maxTokens, stop))], _ => { }, cancellationToken);

    /// <param name="prompts">At least one token each.</param>
    /// <param name="progress">Told the share of the prompts that are done.</param>
    /// <returns>The generated tokens of each prompt, the one that stopped it included; null where a logit was
    /// NaN.</returns>
    public IReadOnlyList<int[]?> Continue(
        IReadOnlyList<TokenPrompt> prompts,
        Action<double> progress,
        CancellationToken cancellationToken
    )
    {
        var streams = Streams(prompts);
        var continuations = new int[]?[prompts.Count];
        var byLength = Enumerable.Range(0, prompts.Count).OrderBy(i => prompts[i].Tokens.Length).ToList();
        for (var start = 0; start < byLength.Count; )
        {
            var shortest = prompts[byLength[start]].Tokens.Length;
            var batch = byLength
                .Skip(start)
                .TakeWhile(i => prompts[i].Tokens.Length - shortest <= MaxLengthDifference)
                .Take(Math.Clamp(batchTokens / shortest, 1, MaxBatch))
                .ToList();
            var rows = batch.ConvertAll(i => new Row(prompts[i], streams[i]));
            Decode(rows, shortest, cancellationToken);
            foreach (var (index, row) in batch.Zip(rows))
                continuations[index] = row.Failed ? null : [.. row.Generated];
            start += batch.Count;
            progress((double)start / byLength.Count);
        }
        return continuations;
    }

    private void Decode(List<Row> rows, int shortest, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var state = model.NewState(rows.Count);
        var logits = Prefill(rows, shortest, state, cancellationToken);
        var next = new long[rows.Count];
        for (var position = shortest; ; position++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var r = 0; r < rows.Count; r++)
                next[r] = Next(rows[r], logits.AsSpan(r * model.Config.VocabSize, model.Config.VocabSize), position);
            if (rows.TrueForAll(r => r.Done))
                return;
            using var step = NewDisposeScope();
            logits = LastLogits(model.Extend(tensor(next, device: model.Parameters.Device).view(rows.Count, 1), state));
        }
    }

    private float[] Prefill(List<Row> rows, int shortest, DecodingState state, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var ids = tensor(
                rows.SelectMany(r => r.Prompt.Tokens.Take(shortest)).Select(t => (long)t).ToArray(),
                device: model.Parameters.Device
            )
            .view(rows.Count, shortest);
        var piece = Math.Max(1, batchTokens / rows.Count);
        for (var start = 0; ; start += piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var hidden = model.Extend(ids.narrow(1, start, Math.Min(piece, shortest - start)), state);
            if (start + piece >= shortest)
                return LastLogits(hidden);
        }
    }

    private float[] LastLogits(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return model.Head(hidden.narrow(1, hidden.size(1) - 1, 1)).to(ScalarType.Float32).cpu().data<float>().ToArray();
    }

    /// <summary>The next token of a sequence: from its prompt, or chosen; any token once it is done.</summary>
    private int Next(Row row, Span<float> logits, int position)
    {
        var prompt = row.Prompt;
        if (position < prompt.Tokens.Length)
            return prompt.Tokens[position];
        if (row.Done || prompt.MaxTokens == 0)
        {
            row.Done = true;
            return 0;
        }
        if (logits.Contains(float.NaN))
        {
            row.Done = row.Failed = true;
            return 0;
        }
        var token = sampling.Choose(
            logits,
            prompt.Tokens.Concat(row.Generated),
            Uniform(row.Stream, row.Generated.Count)
        );
        row.Generated.Add(token);
        row.Done = row.Generated.Count == prompt.MaxTokens || prompt.Stop(row.Generated);
        return token;
    }

    /// <summary>The random numbers of a prompt depend on the seed, its tokens, and how often the same prompt came
    /// before.</summary>
    private ulong[] Streams(IReadOnlyList<TokenPrompt> prompts)
    {
        var occurred = new Dictionary<ulong, ulong>();
        return
        [
            .. prompts.Select(prompt =>
            {
                var hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(prompt.Tokens.AsSpan()), unchecked((long)seed));
                occurred[hash] = occurred.TryGetValue(hash, out var times) ? times + 1 : 0;
                return Mix(hash, occurred[hash]);
            }),
        ];
    }

    private static double Uniform(ulong stream, int step) => (Mix(stream, (ulong)step) >> 11) * (1.0 / (1ul << 53));

    private static ulong Mix(ulong stream, ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return XxHash3.HashToUInt64(bytes, unchecked((long)stream));
    }

    private sealed class Row(TokenPrompt prompt, ulong stream)
    {
        public TokenPrompt Prompt => prompt;

        public ulong Stream => stream;

        public List<int> Generated { get; } = [];

        public bool Done { get; set; }

        /// <summary>Whether the model gave no numbers to choose by.</summary>
        public bool Failed { get; set; }
    }
}
