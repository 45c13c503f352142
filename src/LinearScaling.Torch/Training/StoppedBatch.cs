using LinearScaling.Runs;
using LinearScaling.Sequences;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Training;

/// <summary>What reproduces a stopped step: its batch, the random state, and which checkpoint comes before
/// it.</summary>
public static class StoppedBatch
{
    /// <summary>Writes <c>stopped/step-N/batch.safetensors</c> (<c>tokens</c>, int32 [sequences, seq_len + 1];
    /// <c>random_state</c>, uint8) and <c>state.json</c> beside it.</summary>
    /// <param name="source">The run's sequences.</param>
    /// <param name="sequences">In the step.</param>
    public static void Write(RunDirectory run, ISequenceSource source, int sequences, StoppedStep step)
    {
        using var scope = NewDisposeScope();
        run.WriteStopped(
            step,
            file =>
                Safetensors.Write(
                    file,
                    [
                        ("tokens", Batches.ReadTokens(source, step.Sequence, sequences)),
                        ("random_state", get_rng_state()),
                    ]
                )
        );
    }
}
