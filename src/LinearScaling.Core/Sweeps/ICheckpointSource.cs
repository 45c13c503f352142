using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>Where a sweep gets what it needs to know of a checkpoint, and the model itself.</summary>
public interface ICheckpointSource : ICheckpointInputs
{
    /// <summary>Loads the weights.</summary>
    /// <exception cref="LinearScalingException">The checkpoint is damaged.</exception>
    OpenModel Open(CheckpointDirectory checkpoint, EvalInputs inputs);
}

/// <summary>A model ready to answer, and what must be released afterwards.</summary>
/// <param name="WithWindow">The model with inputs of so many tokens at most; null is its sequence length of
/// training.</param>
public sealed record OpenModel(Func<int?, IEvaluatedModel> WithWindow, IDisposable Resource);
