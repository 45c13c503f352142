using LinearScaling.Evaluation;
using LinearScaling.Runs;

namespace LinearScaling.Sweeps;

/// <summary>Which results of some tasks the checkpoints have, and which are missing.</summary>
/// <param name="groups">Means that are added once all their tasks are there.</param>
/// <param name="keepSamples">Whether a task is missing while its items are not kept.</param>
public sealed class EvalLedger(
    IReadOnlyList<EvalTask> tasks,
    ICheckpointInputs inputs,
    IReadOnlyList<EvalGroup>? groups = null,
    bool keepSamples = false
)
{
    private readonly Dictionary<string, string?> problems = new(StringComparer.Ordinal);

    /// <summary>What the runs have.</summary>
    public EvalResults Results { get; } = new(inputs);

    public IReadOnlyList<EvalTask> Tasks => tasks;

    public IReadOnlyList<EvalGroup> Groups { get; } = groups ?? [];

    public bool KeepSamples => keepSamples;

    /// <summary>Why a checkpoint cannot be evaluated: a damaged seal or card, or weights that do not load. Null where
    /// it can.</summary>
    public string? Problem(CheckpointDirectory checkpoint)
    {
        if (!problems.TryGetValue(checkpoint.FullPath, out var problem))
        {
            try
            {
                inputs.Check(checkpoint);
            }
            catch (LinearScalingException e)
            {
                problem = e.Message;
            }
            problems.Add(checkpoint.FullPath, problem);
        }
        return problem;
    }

    /// <summary>Counts a checkpoint as damaged from now on.</summary>
    public void Exclude(CheckpointDirectory checkpoint, string problem) => problems[checkpoint.FullPath] = problem;

    /// <summary>The tasks whose results the checkpoint's run does not have yet; none for a damaged
    /// checkpoint.</summary>
    public IReadOnlyList<EvalTask> Missing(CheckpointDirectory checkpoint) =>
        Problem(checkpoint) is not null
            ? []
            :
            [
                .. tasks.Where(t =>
                    !Results.HasAll(checkpoint, t) || (keepSamples && !Results.HasSamples(checkpoint, t))
                ),
            ];

    /// <summary>Whether a mean of groups is missing: it may have been asked for after its tasks, or lost in a
    /// crash.</summary>
    public bool LacksGroup(CheckpointDirectory checkpoint) =>
        Problem(checkpoint) is null && Groups.Any(g => Results.Find(checkpoint, g, tasks) is null);
}
