using LinearScaling.Evaluation.Requests;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Evaluation;

/// <summary>Runs one batch and reads the log-likelihoods off it.</summary>
/// <param name="resetAfter">The token after which the model starts afresh, as it did in training; null: it never does
/// within a row.</param>
internal sealed class SequenceScorer(LanguageModel model, int? resetAfter)
{
    /// <summary>Logits in memory at a time: with a vocabulary of 100k, some hundred positions.</summary>
    private const int LogitsAtOnce = 1 << 24;

    private readonly Device device = model.Parameters.Device;

    /// <summary>The state after the tokens that a family's contexts begin with.</summary>
    public DecodingState Prefix(int[] tokens)
    {
        using var scope = NewDisposeScope();
        var state = model.NewState(1);
        model.Extend(tensor(tokens, ScalarType.Int64, device).unsqueeze(0), state);
        return state;
    }

    /// <param name="prefix">The state after the family's prefix; null where there is none.</param>
    public void Score(
        ScoringBatch batch,
        DecodingState? prefix,
        IReadOnlyList<ScoredSequence> sequences,
        SequenceScore[] scores
    )
    {
        using var scope = NewDisposeScope();
        using var own = batch.Contexts.Count > 0 ? Contexts(batch, prefix) : null;
        var contexts = own ?? prefix;
        foreach (var pass in batch.Passes)
        {
            using var inner = NewDisposeScope();
            var hidden = contexts is null ? Whole(pass) : Continued(pass, contexts);
            Read(hidden.view(-1, hidden.shape[^1]), pass, sequences, scores);
        }
    }

    /// <summary>The training form over whole rows, [rows, width, hidden].</summary>
    private Tensor Whole(ScoringPass pass)
    {
        using var scope = NewDisposeScope();
        var ids = Ids(pass);
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

    /// <summary>The state after each context.</summary>
    private DecodingState Contexts(ScoringBatch batch, DecodingState? prefix)
    {
        using var scope = NewDisposeScope();
        var (count, start) = (batch.Contexts.Count, (int)(prefix?.Position ?? 0));
        var width = batch.Shared - start;
        var ids = new long[count * width];
        for (var c = 0; c < count; c++)
        for (var t = 0; t < width; t++)
            ids[c * width + t] = batch.Contexts[c][start + t];
        var state = prefix?.Select(new long[count], width) ?? model.NewState(count);
        model.Extend(tensor(ids, device: device).view(count, width), state);
        return state;
    }

    /// <summary>Every row from its context's state, [rows, width, hidden].</summary>
    private Tensor Continued(ScoringPass pass, DecodingState contexts)
    {
        using var scope = NewDisposeScope();
        using var states = contexts.Select([.. pass.Rows.Select(r => (long)r.Context)], pass.Width);
        return model.Extend(Ids(pass), states).MoveToOuterDisposeScope();
    }

    /// <summary>The rows' tokens; what is padded comes after everything that is read.</summary>
    private Tensor Ids(ScoringPass pass)
    {
        var width = pass.Width;
        var ids = new long[pass.Rows.Count * width];
        for (var r = 0; r < pass.Rows.Count; r++)
        {
            var input = pass.Rows[r].Row.Input;
            for (var t = pass.Start; t < input.Length; t++)
                ids[r * width + t - pass.Start] = input[t];
        }
        return tensor(ids, device: device).view(pass.Rows.Count, width);
    }

    /// <summary>Log-softmax in fp32 at the scored positions alone, some positions at a time.</summary>
    private void Read(Tensor hidden, ScoringPass pass, IReadOnlyList<ScoredSequence> sequences, SequenceScore[] scores)
    {
        var positions = new List<long>();
        var targets = new List<long>();
        var owners = new List<int>();
        var width = pass.Width;
        for (var r = 0; r < pass.Rows.Count; r++)
            foreach (var s in pass.Rows[r].Row.Sequences)
            {
                var (tokens, scored) = sequences[s];
                for (var t = tokens.Length - scored; t < tokens.Length; t++)
                {
                    positions.Add((long)r * width + t - 1 - pass.Start);
                    targets.Add(tokens[t]);
                    owners.Add(s);
                }
            }

        var chunk = (int)Math.Max(1, LogitsAtOnce / model.Config.VocabSize);
        for (var start = 0; start < positions.Count; start += chunk)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(chunk, positions.Count - start);
            var logits = model.Head(hidden.index_select(0, tensor(positions.GetRange(start, count), device: device)));
            var wanted = tensor(targets.GetRange(start, count), device: device);
            var logLikelihoods = nn
                .functional.log_softmax(logits, 1)
                .gather(1, wanted.unsqueeze(1))
                .squeeze(1)
                .to(ScalarType.Float32)
                .cpu()
                .data<float>()
                .ToArray();
            // the first of equals, in half of argmax's time
            var greedy = logits.max(1).indexes.eq(wanted).cpu().data<bool>().ToArray();
            for (var i = 0; i < count; i++)
            {
                var score = scores[owners[start + i]];
                scores[owners[start + i]] = new(score.LogLikelihood + logLikelihoods[i], score.IsGreedy && greedy[i]);
            }
        }
    }
}
