using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>What a sweep tells while it runs.</summary>
public interface ISweepLog
{
    /// <param name="pending">(checkpoint, task) pairs to do.</param>
    /// <param name="finished">Pairs that eval.jsonl already has.</param>
    void Started(int checkpoints, int pending, int finished);

    void Evaluating(CheckpointDirectory checkpoint, EvalTask task);

    /// <param name="share">Of all pending pairs, the part done by whoever did it, 0 to 1.</param>
    void Progressed(double share);

    void Evaluated(CheckpointDirectory checkpoint, TaskScore score);

    void Damaged(CheckpointDirectory checkpoint, string problem);
}
