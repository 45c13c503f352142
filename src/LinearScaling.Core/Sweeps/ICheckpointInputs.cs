using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>What is known of checkpoints without their weights.</summary>
public interface ICheckpointInputs
{
    /// <summary>Reads what says which model it is: its seal and its card.</summary>
    /// <exception cref="LinearScalingException">One of them is damaged.</exception>
    void Check(CheckpointDirectory checkpoint);

    /// <summary>What tasks take their items from on this checkpoint. Cheap: called for finished checkpoints
    /// too.</summary>
    EvalInputs Inputs(CheckpointDirectory checkpoint);
}
