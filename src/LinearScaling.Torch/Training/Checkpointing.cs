using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Training;

/// <summary>
/// Writes and reads the checkpoints of one run. A checkpoint is whole or absent: it is built in a hidden directory that
/// is renamed once everything is on the disk. It is written from a copy of the state while training goes on, one at a
/// time.
/// </summary>
/// <param name="schedule">What is kept.</param>
/// <param name="inBackground">False where memory does not hold the copy: then training waits for the disk.</param>
public sealed class Checkpointing(
    RunDirectory run,
    AdamW optimizer,
    ModelCard card,
    CheckpointSchedule schedule,
    bool inBackground
) : IDisposable
{
    /// <summary>Name of the random state among the optimizer's tensors; nothing after initialisation draws from it
    /// yet.</summary>
    private const string RandomState = "random_state";

    private Task<CheckpointDirectory>? writing;

    /// <summary>Saves the state after <paramref name="state"/>.Step steps, after waiting for the previous
    /// save.</summary>
    /// <exception cref="LinearScalingException">It, or the previous save, cannot be written; earlier checkpoints are
    /// intact.</exception>
    public void Save(CheckpointState state)
    {
        Dispose();
        if (writing is { IsFaulted: true })
            Written(wait: true);
        RequireSpace(run.Checkpoint(state.Step));
        if (inBackground)
        {
            var copy = new Snapshot(optimizer);
            writing = Task.Run(() => Write(state, copy));
        }
        else
            writing = Task.FromResult(Write(state, new Snapshot(optimizer, copy: false)));
    }

    /// <summary>The checkpoint that was finished since the last call, or null.</summary>
    /// <param name="wait">Whether to wait for one that is being written.</param>
    /// <exception cref="LinearScalingException">It could not be written; earlier checkpoints are intact.</exception>
    public CheckpointDirectory? Written(bool wait)
    {
        if (writing is null || (!wait && !writing.IsCompleted))
            return null;
        var task = writing;
        try
        {
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            writing = null;
        }
    }

    /// <summary>Waits for a save that is under way; then says, in words, which checkpoint is whole.</summary>
    public string Newest()
    {
        Dispose();
        return LastWhole();
    }

    /// <summary>Loads the newest checkpoint that is whole, naming each damaged one through
    /// <paramref name="damaged"/>.</summary>
    /// <returns>Its state, or null when there is none to go on from.</returns>
    public CheckpointState? Restore(Action<string> damaged)
    {
        run.RemoveLeftovers();
        foreach (var checkpoint in run.Checkpoints().Reverse())
        {
            try
            {
                checkpoint.Verify();
                checkpoint.VerifyOrigin();
            }
            catch (LinearScalingException e)
            {
                damaged(e.Message);
                continue;
            }
            using var scope = NewDisposeScope();
            using (var weights = Safetensors.Open(checkpoint.ModelFile))
                foreach (var (name, tensor) in optimizer.Masters())
                    weights.ReadInto(name, tensor);
            using (var moments = Safetensors.Open(checkpoint.OptimizerFile))
            {
                foreach (var (name, tensor) in optimizer.Moments())
                    moments.ReadInto(name, tensor);
                set_rng_state(moments.Read(RandomState));
            }
            optimizer.CopyMastersToParameters();
            return checkpoint.ReadState();
        }
        return null;
    }

    /// <summary>Waits for a save that is under way.</summary>
    // a failure is reported by Written
    public void Dispose() => writing?.ContinueWith(_ => { }, TaskScheduler.Default).Wait();

    private string LastWhole() =>
        run.Checkpoints() is [.., var last]
            ? $"the last checkpoint, {last.Name}, is whole"
            : "there is no checkpoint yet";

    private CheckpointDirectory Write(CheckpointState state, Snapshot snapshot)
    {
        var final = run.Checkpoint(state.Step);
        var hidden = run.UnfinishedCheckpoint(state.Step);
        try
        {
            using (snapshot)
            {
                if (final.IsComplete && IsIntact(final))
                    return final;
                run.RequireStarted();
                hidden.Remove();
                final.Remove();
                Directory.CreateDirectory(hidden.FullPath);
                var weightsHash = Safetensors.Write(
                    hidden.ModelFile,
                    snapshot.Masters,
                    new Dictionary<string, string> { ["format"] = "pt" }
                );
                Safetensors.Write(hidden.OptimizerFile, [.. snapshot.Moments, (RandomState, snapshot.RandomState)]);
                hidden.WriteConfig(card);
                hidden.WriteState(state with { WeightsHash = weightsHash });
                hidden.Complete(weightsHash);
            }
            run.FlushMetrics(); // before the checkpoint is there: a resumed run relies on the steps before it
            DurableDirectory.Move(hidden.FullPath, final.FullPath);
            run.RemoveSuperfluous(schedule);
            return final;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            TryRemove(hidden);
            throw Failure(final, e.Message, e);
        }
    }

    /// <summary>Refuses a save that the disk has no room for: masters and moments, and a little more.</summary>
    private void RequireSpace(CheckpointDirectory final)
    {
        var needed = optimizer.StateBytes + (1 << 20);
        var free = new DriveInfo(run.FullPath).AvailableFreeSpace;
        if (free < needed)
            throw Failure(final, $"it needs {needed / 1e9:F3} GB and {free / 1e9:F3} GB are free on its disk", null);
    }

    private LinearScalingException Failure(CheckpointDirectory final, string reason, Exception? inner) =>
        TrainingMistakes.CheckpointNotWritten(final, reason, LastWhole(), inner);

    private static bool IsIntact(CheckpointDirectory checkpoint)
    {
        try
        {
            checkpoint.Verify();
            return true;
        }
        catch (LinearScalingException)
        {
            return false; // written again
        }
    }

    private static void TryRemove(CheckpointDirectory hidden)
    {
        try
        {
            hidden.Remove();
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            // The hidden directory is never taken for a checkpoint; the next start removes it.
        }
    }
}
