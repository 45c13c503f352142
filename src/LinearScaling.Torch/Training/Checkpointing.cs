using System.Text.Json;
using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Training;

/// <summary>Writes and reads the checkpoints of one run. A checkpoint is whole or absent: it is built in a hidden directory that is renamed once everything is on the disk.</summary>
public sealed class Checkpointing(RunDirectory run, LanguageModel model, AdamW optimizer, ModelCard card)
{
    /// <summary>Saves the state after <paramref name="state"/>.Step steps.</summary>
    /// <exception cref="LinearScalingException">The disk is full or not writable; what was there before is intact.</exception>
    public CheckpointDirectory Save(CheckpointState state)
    {
        var final = run.Checkpoint(state.Step);
        if (final.IsComplete && IsIntact(final))
            return final;
        var hidden = new CheckpointDirectory(Path.Combine(run.CheckpointsFolder, "." + final.Name));
        try
        {
            Directory.CreateDirectory(run.CheckpointsFolder);
            RequireSpace();
            Remove(hidden.FullPath);
            Remove(final.FullPath);
            Directory.CreateDirectory(hidden.FullPath);
            using (NewDisposeScope())
            {
                var weightsHash = Safetensors.Write(hidden.ModelFile, optimizer.Masters(), new Dictionary<string, string> { ["format"] = "pt" });
                Safetensors.Write(hidden.OptimizerFile, optimizer.Moments());
                DurableFile.WriteAllText(hidden.ModelConfigFile, ConfigWriter.Write(card));
                DurableFile.WriteAllText(hidden.StateFile, JsonSerializer.Serialize(state with { WeightsHash = weightsHash }, RunJson.Default.CheckpointState));
                hidden.Complete(weightsHash);
            }
            Directory.Move(hidden.FullPath, final.FullPath);
            DurableFile.FlushDirectory(run.CheckpointsFolder);
            return final;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" }) // the last is how .NET says EFBIG: beyond a limit on file sizes
        {
            TryRemove(hidden.FullPath);
            var before = run.Checkpoints() is [.., var last] ? $"{last.Name} before it is whole" : "there is no earlier one";
            throw new LinearScalingException($"{final.FullPath}: the checkpoint could not be written: {e.Message}; {before}. Free space or mend the permissions, then run the same command again.", e);
        }
    }

    /// <summary>Loads the newest checkpoint that is whole, naming each damaged one through <paramref name="damaged"/>.</summary>
    /// <returns>Its state, or null when there is none to go on from.</returns>
    public CheckpointState? Restore(Action<string> damaged)
    {
        foreach (var checkpoint in run.Checkpoints().Reverse())
        {
            try
            {
                checkpoint.Verify();
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
                foreach (var (name, tensor) in optimizer.Moments())
                    moments.ReadInto(name, tensor);
            optimizer.CopyMastersToParameters();
            return checkpoint.ReadState();
        }
        return null;
    }

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

    /// <summary>Refuses to begin what the disk cannot hold: masters and moments, and a little more.</summary>
    private void RequireSpace()
    {
        var needed = model.Parameters.Specs.Sum(s => s.Count) * 12 + (1 << 20);
        var free = new DriveInfo(run.FullPath).AvailableFreeSpace;
        if (free < needed)
            throw new IOException($"it needs {needed / 1e9:F2} GB and {free / 1e9:F2} GB are free");
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    private static void TryRemove(string directory)
    {
        try
        {
            Remove(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The hidden directory is never taken for a checkpoint; the next save removes it.
        }
    }
}
