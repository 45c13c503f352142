using LinearScaling.Runs;

namespace LinearScaling.Torch.Training.Logs;

/// <summary>What a run reports while it goes: the console's side of training.</summary>
public interface IRunLog
{
    /// <summary>The run begins or resumes.</summary>
    /// <param name="step">Optimizer steps done before.</param>
    void Resumed(long step);

    /// <summary>The loss of a micro-batch is known; its gradients follow.</summary>
    /// <param name="step">Optimizer steps done before.</param>
    /// <param name="micro">Micro-batches of this step done before.</param>
    /// <param name="loss">Mean loss of the micro-batch, nats per token.</param>
    void Loss(long step, int micro, double loss);

    /// <summary>A micro-batch of the step under way is done.</summary>
    /// <param name="step">Optimizer steps done before.</param>
    /// <param name="done">Micro-batches of this step done.</param>
    /// <param name="count">Micro-batches per step.</param>
    void MicroBatch(long step, int done, int count);

    /// <summary>A step is done.</summary>
    void Step(StepRecord record);

    /// <summary>A checkpoint is written.</summary>
    void Saved(CheckpointDirectory checkpoint);

    /// <summary>Something the user should know that does not stop the run.</summary>
    void Warning(string message);
}
