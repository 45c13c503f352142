using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Training.Checkpoints;

/// <summary>
/// Writes and reads the checkpoints of one run. A checkpoint is whole or absent: it is built in a hidden directory that
/// is renamed once everything is on the disk. It is written from a copy of the state while training goes on, one at a
/// time; of several ranks each writes its part, and rank 0 seals it when all parts are there.
/// </summary>
/// <remarks>Where there are several ranks, all of them have to call the same methods in the same order.</remarks>
/// <param name="schedule">What is kept.</param>
/// <param name="inBackground">False where memory does not hold the copy: then training waits for the disk.</param>
/// <param name="ranks">Who trains the run; null: this process alone.</param>
/// <param name="device">Where their messages are.</param>
public sealed class Checkpointing(
    RunDirectory run,
    AdamW optimizer,
    ModelCard card,
    CheckpointSchedule schedule,
    bool inBackground,
    ICollectives? ranks = null,
    Device? device = null
) : IDisposable
{
    private readonly ICollectives ranks = ranks ?? new SingleProcess();
    private readonly Device device = device ?? CPU;
    private Saving? saving;

    /// <summary>A checkpoint on its way.</summary>
    /// <param name="Task">What this rank does for it.</param>
    /// <param name="IsSealing">Whether that is the last there is to do: all parts are there.</param>
    private sealed record Saving(CheckpointState State, Task<string> Task, bool IsSealing);

    private bool IsRoot => ranks.Rank == 0;

    /// <summary>Saves the state after <paramref name="state"/>.Step steps, after waiting for the previous
    /// save.</summary>
    /// <exception cref="LinearScalingException">It, or the previous save, cannot be written; earlier checkpoints are
    /// intact.</exception>
    public void Save(CheckpointState state)
    {
        Written(wait: true);
        var there = ranks.Agree(() => IsRoot && Prepare(state.Step), device, "room for a checkpoint");
        if (ranks.Any(there, device, "checkpoints that are there"))
        {
            saving = new(state, Task.FromResult(""), IsSealing: true);
            return;
        }
        var copy = new Snapshot(optimizer, IsRoot, inBackground);
        var alone = ranks.Size == 1;
        saving = new(state, Begin(() => Write(state, copy, andSeal: alone)), IsSealing: alone);
    }

    /// <summary>The checkpoint that was finished since the last call, or null.</summary>
    /// <param name="wait">Whether to wait for one that is being written.</param>
    /// <exception cref="LinearScalingException">It could not be written; earlier checkpoints are intact.</exception>
    public CheckpointDirectory? Written(bool wait)
    {
        while (saving is { } now)
        {
            if (wait)
                now.Task.Settle(ranks.Size == 1 ? Timeout.InfiniteTimeSpan : CollectiveValues.Glance);
            if (!IsDone(now))
            {
                if (wait)
                    continue;
                return null;
            }
            saving = now.IsSealing
                ? null
                : now with
                {
                    Task = Begin(() => IsRoot ? Seal(now.State.Step, now.Task.Result) : ""),
                    IsSealing = true,
                };
            if (now.IsSealing)
                return run.Checkpoint(now.State.Step);
        }
        return null;
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
        var newest = ranks.Agree(() => IsRoot ? NewestWhole(damaged) : 0, device, "the checkpoint to go on from");
        var step = ranks.Gather([newest], device, "the checkpoint to go on from")[0][0];
        if (step < 0)
            return null;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var checkpoint = run.Checkpoint((long)step);
        using (var weights = Safetensors.Open(checkpoint.ModelFile))
            foreach (var piece in optimizer.Held())
                weights.ReadRange(piece.Spec.Name, piece.Start, piece.Master);
        using (var moments = new OptimizerFiles(checkpoint))
        {
            foreach (var piece in optimizer.Held())
                moments.ReadInto(piece);
            set_rng_state(moments.ReadRandomState());
        }
        optimizer.CopyMastersToParameters();
        return checkpoint.ReadState();
    }

    /// <summary>Waits for a save that is under way.</summary>
    // a failure is reported by Written
    public void Dispose() => saving?.Task.Settle(Timeout.InfiniteTimeSpan);

    private string LastWhole() =>
        run.Checkpoints() is [.., var last]
            ? $"the last checkpoint, {last.Name}, is whole"
            : "there is no checkpoint yet";

    /// <returns>Its step, or -1.</returns>
    private double NewestWhole(Action<string> damaged)
    {
        run.RemoveLeftovers();
        foreach (var checkpoint in run.Checkpoints().Reverse())
            try
            {
                checkpoint.Verify();
                checkpoint.VerifyOrigin();
                return checkpoint.Step;
            }
            catch (LinearScalingException e)
            {
                damaged(e.Message);
            }
        return -1;
    }

    /// <summary>Makes the hidden directory that all ranks write into.</summary>
    /// <returns>Whether that checkpoint is there already.</returns>
    private bool Prepare(long step)
    {
        var (final, hidden) = (run.Checkpoint(step), run.UnfinishedCheckpoint(step));
        RequireSpace(final);
        try
        {
            if (final.IsComplete && IsIntact(final))
                return true;
            run.RequireStarted();
            hidden.Remove();
            final.Remove();
            Directory.CreateDirectory(hidden.FullPath);
            return false;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw Failure(final, e.Message, e);
        }
    }

    private Task<string> Begin(Func<string> work)
    {
        var task = Task.Run(work);
        if (!inBackground)
            task.Settle(Timeout.InfiniteTimeSpan);
        return task;
    }

    /// <summary>Writes this rank's part.</summary>
    /// <returns>The hash of the weights, on rank 0.</returns>
    private string Write(CheckpointState state, Snapshot snapshot, bool andSeal)
    {
        var hidden = run.UnfinishedCheckpoint(state.Step);
        try
        {
            var hash = "";
            using (snapshot)
            {
                using var scope = NewDisposeScope();
                if (IsRoot)
                {
                    hash = Safetensors.Write(
                        hidden.ModelFile,
                        snapshot.Masters,
                        new Dictionary<string, string> { ["format"] = "pt" }
                    );
                    hidden.WriteConfig(card);
                    hidden.WriteState(state with { WeightsHash = hash });
                }
                Safetensors.Write(
                    ranks.Size == 1 ? hidden.OptimizerFile : hidden.OptimizerPart(ranks.Rank, ranks.Size),
                    OptimizerFiles.Tensors(snapshot.Pieces, whole: ranks.Size == 1, snapshot.RandomState)
                );
                DurableDirectory.Flush(hidden.FullPath);
            }
            return andSeal ? Seal(state.Step, hash) : hash;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            Abandon(hidden);
            throw Failure(run.Checkpoint(state.Step), e.Message, e);
        }
    }

    /// <summary>Makes a checkpoint visible whose parts are all on the disk.</summary>
    private string Seal(long step, string weightsHash)
    {
        var (final, hidden) = (run.Checkpoint(step), run.UnfinishedCheckpoint(step));
        try
        {
            hidden.Complete(weightsHash);
            run.FlushMetrics(); // before the checkpoint is there: a resumed run relies on the steps before it
            DurableDirectory.Move(hidden.FullPath, final.FullPath);
            run.RemoveSuperfluous(schedule);
            return weightsHash;
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            Abandon(hidden);
            throw Failure(final, e.Message, e);
        }
    }

    /// <summary>Whether every rank has done what it does now for the checkpoint.</summary>
    private bool IsDone(Saving now)
    {
        try
        {
            var here = ranks.Agree(
                () => now.Task.IsCompleted && now.Task.GetAwaiter().GetResult() is not null,
                device,
                "the parts of a checkpoint"
            );
            return !ranks.Any(!here, device, "the parts of a checkpoint");
        }
        catch (LinearScalingException)
        {
            Dispose(); // this rank's part, where another's failed
            Abandon(run.UnfinishedCheckpoint(now.State.Step));
            saving = null;
            throw;
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

    /// <summary>Removes what cannot become a checkpoint.</summary>
    private void Abandon(CheckpointDirectory hidden)
    {
        try
        {
            if (IsRoot)
                hidden.Remove();
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            // The hidden directory is never taken for a checkpoint; the next start removes it.
        }
    }
}
