using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Torch.Training;

/// <summary>How the processes of a run divide a step among them: into groups that train on different sequences, and
/// within a group into stretches of the same ones.</summary>
/// <param name="World">All processes.</param>
/// <param name="Sequence">Those that share this one's sequences.</param>
public sealed record WorkShare(ICollectives World, ICollectives Sequence)
{
    /// <summary>Whether this process writes the run's files and speaks for it.</summary>
    public bool IsRoot => World.Rank == 0;

    /// <summary>Groups of processes that train on different sequences.</summary>
    public int Groups => World.Size / Sequence.Size;

    /// <summary>The number of this process's group.</summary>
    public int Group => World.Rank / Sequence.Size;

    /// <summary>Time that this process has waited for others.</summary>
    public TimeSpan Spent => World.Spent + (ReferenceEquals(World, Sequence) ? TimeSpan.Zero : Sequence.Spent);

    /// <exception cref="LinearScalingException">The step cannot be divided so.</exception>
    public static WorkShare Divide(ICollectives world, RunConfig config)
    {
        try
        {
            Check(config, world.Size);
        }
        catch (LinearScalingException e)
        {
            throw Agreed(world, e);
        }
        return new(world, world.Neighbours(config.Train.SequenceParallel));
    }

    /// <summary>Refuses a step that so many processes cannot divide among them.</summary>
    public static void Check(RunConfig config, int processes)
    {
        var train = config.Train;
        if (processes % train.SequenceParallel != 0)
            throw TrainingMistakes.StretchesDoNotFit(train.SequenceParallel, processes);
        if (train.SequenceParallel > config.Data.SeqLen)
            throw TrainingMistakes.StretchesTooShort(train.SequenceParallel, config.Data.SeqLen);
        var groups = processes / train.SequenceParallel;
        var sequences = train.BatchTokens / config.Data.SeqLen;
        if (sequences % groups != 0 || sequences / groups % MicroBatch(config, groups) != 0)
            throw TrainingMistakes.BatchDoesNotDivide(sequences, groups, train.MicroBatch);
        var count = sequences / groups / MicroBatch(config, groups);
        if (train.OptimizerInBackward && count > 1)
            throw TrainingMistakes.AccumulatesInBackward(count);
    }

    /// <summary>The sum of a number over all processes; each of them has to call.</summary>
    public double Total(double value, Device device) => World.Gather([value], device, "losses").Sum(v => v[0]);

    /// <summary>Rank 0's value of a number, as of time, that is not the same everywhere; each process has to
    /// call.</summary>
    public double OfRoot(double value, Device device) => World.Gather([value], device, "clocks")[0][0];

    /// <summary>A failure that all processes come to by the same numbers.</summary>
    public LinearScalingException Agreed(LinearScalingException failure) => Agreed(World, failure);

    private static LinearScalingException Agreed(ICollectives world, LinearScalingException failure) =>
        world.Size == 1 ? failure : new AgreedFailureException(failure.Message, failure);

    /// <summary>Sequences that go through the model at once: as configured, or all that a process has of a
    /// step.</summary>
    public static int MicroBatch(RunConfig config, int groups) =>
        (int)Math.Min(config.Train.MicroBatch, config.Train.BatchTokens / config.Data.SeqLen / groups);

    /// <summary>Those of this process.</summary>
    public int MicroBatch(RunConfig config) => MicroBatch(config, Groups);

    /// <summary>Micro-batches that each process goes through in a step.</summary>
    public int MicroBatches(RunConfig config) =>
        checked((int)(config.Train.BatchTokens / config.Data.SeqLen / Groups / MicroBatch(config)));
}
