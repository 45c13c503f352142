using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>What a sweep reports while it runs.</summary>
public interface ISweepLog
{
    /// <param name="pending">(checkpoint, task) pairs to do.</param>
    /// <param name="finished">Pairs that eval.jsonl already has.</param>
    void Started(int checkpoints, int pending, int finished);

    void Evaluating(CheckpointDirectory checkpoint, EvalTask task);

    /// <param name="share">The share of the pending pairs that are done, by any process, 0 to 1.</param>
    void Progressed(double share);

    void Evaluated(CheckpointDirectory checkpoint, TaskScore score);

    /// <summary>Other processes evaluate all that is left.</summary>
    void Waiting(IReadOnlyList<CheckpointDirectory> held);

    void Damaged(CheckpointDirectory checkpoint, string problem);
}
