using LinearScaling.Evaluation;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Runs one batch and reads the log-likelihoods off it.</summary>
/// <param name="resetAfter">The token after which the model starts afresh, as it did in training; null: it never does within a row.</param>
internal sealed class SequenceScorer(LanguageModel model, int? resetAfter)
{
    /// <summary>Logits held at once: with a vocabulary of 100k a chunk is some hundred positions.</summary>
    private const int LogitsAtOnce = 1 << 24;

    private readonly Device device = model.Parameters.Device;

    public void Score(ScoringBatch batch, IReadOnlyList<ScoredSequence> sequences, SequenceScore[] scores)
    {
        using var scope = NewDisposeScope();
        var hidden = batch.Shared > 0 ? Shared(batch) : Plain(batch);
        Read(hidden.view(-1, hidden.shape[^1]), batch, sequences, scores);
    }

    /// <summary>The training form over whole rows, [rows, width, hidden].</summary>
    private Tensor Plain(ScoringBatch batch)
    {
        using var scope = NewDisposeScope();
        var ids = Ids(batch, 0);
        var segments = resetAfter is { } endOfText ? Segments.After(endOfText, ids) : null;
        var x = model.Embed(ids, segments);
        for (var layer = 0; layer < model.Config.NumLayers; layer++)
        {
            var input = x; // only the current residual stream is kept
            x = model.Block(layer, input, segments);
            input.Dispose();
        }
        return model.Norm(x).MoveToOuterDisposeScope();
    }

    /// <summary>Contexts once, then every row from its context's state.</summary>
    private Tensor Shared(ScoringBatch batch)
    {
        using var scope = NewDisposeScope();
        var contexts = new long[batch.Groups.Count * batch.Shared];
        for (var g = 0; g < batch.Groups.Count; g++)
            for (var t = 0; t < batch.Shared; t++)
                contexts[g * batch.Shared + t] = batch.Groups[g].Rows[0].Input[t];
        using var state = model.NewState(batch.Groups.Count);
        model.Extend(tensor(contexts, device: device).view(batch.Groups.Count, batch.Shared), state);
        using var states = state.Repeat(batch.RowsPerGroup);
        return model.Extend(Ids(batch, batch.Shared), states).MoveToOuterDisposeScope();
    }

    /// <summary>The rows from token <paramref name="start"/> on; what is padded comes after everything that is read.</summary>
    private Tensor Ids(ScoringBatch batch, int start)
    {
        var width = batch.Width;
        var ids = new long[batch.Groups.Count * batch.RowsPerGroup * width];
        var row = 0;
        foreach (var group in batch.Groups)
            foreach (var scoringRow in group.Rows)
            {
                for (var t = start; t < scoringRow.Input.Length; t++)
                    ids[row * width + t - start] = scoringRow.Input[t];
                row++;
            }
        return tensor(ids, device: device).view(row, width);
    }

    /// <summary>Log-softmax in fp32 at the scored positions alone, some positions at a time.</summary>
    private void Read(Tensor hidden, ScoringBatch batch, IReadOnlyList<ScoredSequence> sequences, SequenceScore[] scores)
    {
        var positions = new List<long>();
        var targets = new List<long>();
        var owners = new List<int>();
        var row = 0;
        foreach (var group in batch.Groups)
            foreach (var scoringRow in group.Rows)
            {
                foreach (var s in scoringRow.Sequences)
                {
                    var (tokens, scored) = sequences[s];
                    for (var t = tokens.Length - scored; t < tokens.Length; t++)
                    {
                        positions.Add((long)row * batch.Width + t - 1 - batch.Shared);
                        targets.Add(tokens[t]);
                        owners.Add(s);
                    }
                }
                row++;
            }

        var chunk = (int)Math.Max(1, LogitsAtOnce / model.Config.VocabSize);
        for (var start = 0; start < positions.Count; start += chunk)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(chunk, positions.Count - start);
            var logits = model.Head(hidden.index_select(0, tensor(positions.GetRange(start, count), device: device)));
            var wanted = tensor(targets.GetRange(start, count), device: device);
            var logLikelihoods = logits.gather(1, wanted.unsqueeze(1)).squeeze(1).sub_(logits.logsumexp(1)).to(ScalarType.Float32).cpu().data<float>().ToArray();
            var greedy = logits.argmax(1).eq(wanted).cpu().data<bool>().ToArray();
            for (var i = 0; i < count; i++)
            {
                var score = scores[owners[start + i]];
                scores[owners[start + i]] = new(score.LogLikelihood + logLikelihoods[i], score.IsGreedy && greedy[i]);
            }
        }
    }
}
