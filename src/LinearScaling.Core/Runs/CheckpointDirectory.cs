using System.Globalization;
using System.Text.Json;
using LinearScaling.Configuration;
using LinearScaling.Files;

namespace LinearScaling.Runs;

/// <summary>
/// One checkpoint: a directory that holds <c>model.safetensors</c>, <c>model.yaml</c> (the model's configuration,
/// tokenizer and sequence length), and from training <c>optimizer.safetensors</c> (or a part of it for each of the
/// processes that trained) and <c>state.json</c>.
/// <c>complete.json</c>, written last, lists the size and XxHash128 of every other file.
/// </summary>
public sealed class CheckpointDirectory(string path)
{
    public string FullPath { get; } = Path.GetFullPath(path);

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(FullPath));

    public string ModelFile => Path.Combine(FullPath, "model.safetensors");

    public string ModelConfigFile => Path.Combine(FullPath, "model.yaml");

    public string OptimizerFile => Path.Combine(FullPath, "optimizer.safetensors");

    /// <summary>The part of the optimizer's state that one of several processes writes.</summary>
    public string OptimizerPart(int rank, int ranks) =>
        Path.Combine(
            FullPath,
            string.Create(CultureInfo.InvariantCulture, $"optimizer-{rank + 1:D5}-of-{ranks:D5}.safetensors")
        );

    /// <summary>The files of the optimizer's state that are there, whole or in parts.</summary>
    public IReadOnlyList<string> OptimizerFiles =>
        [.. Directory.EnumerateFiles(FullPath, "optimizer*.safetensors").Order(StringComparer.Ordinal)];

    public string StateFile => Path.Combine(FullPath, "state.json");

    public string CompleteFile => Path.Combine(FullPath, "complete.json");

    public bool IsComplete => File.Exists(CompleteFile);

    /// <summary>The optimizer steps behind the checkpoint, from its name; 0 for an imported model.</summary>
    public long Step =>
        Name.StartsWith("step-", StringComparison.Ordinal)
        && long.TryParse(Name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? step
            : 0;

    /// <summary>The run it belongs to (<c>run/checkpoints/step-...</c>), or null for an imported model.</summary>
    public RunDirectory? Run =>
        Path.GetDirectoryName(FullPath) is { } parent
        && Path.GetFileName(parent) == "checkpoints"
        && Path.GetDirectoryName(parent) is { } run
        && File.Exists(Path.Combine(run, "run.json"))
            ? new RunDirectory(run)
            : null;

    /// <summary>The checkpoint at that path itself.</summary>
    /// <exception cref="LinearScalingException">The directory does not exist or is not a complete
    /// checkpoint.</exception>
    public static CheckpointDirectory Open(string path)
    {
        var checkpoint = new CheckpointDirectory(path);
        if (checkpoint.IsComplete)
            return checkpoint;
        var last = Find(path)[^1];
        throw RunMistakes.NotACheckpoint(path, last);
    }

    /// <summary>Every complete checkpoint at or below <paramref name="root"/>, by run and step.</summary>
    /// <param name="orNone">Whether there may be no checkpoint and no directory, as for a caller that waits for the
    /// first.</param>
    /// <exception cref="LinearScalingException">The directory does not exist or holds no checkpoint.</exception>
    public static IReadOnlyList<CheckpointDirectory> Find(string root, bool orNone = false)
    {
        if (!Directory.Exists(root))
            return orNone ? [] : throw RunMistakes.NoDirectory(root);
        var found = FolderTree
            .Files(root, "complete.json")
            .Select(f => new CheckpointDirectory(Path.GetDirectoryName(f)!))
            .Where(c => !c.Name.StartsWith('.'))
            .OrderBy(c => Path.GetDirectoryName(c.FullPath), StringComparer.Ordinal)
            .ThenBy(c => c.Step)
            .ThenBy(c => c.Name, StringComparer.Ordinal)
            .ToList();
        return found.Count > 0 || orNone ? found : throw RunMistakes.NoCheckpoint(root);
    }

    /// <summary>Removes it, if it is there, so that nobody ever sees it in part.</summary>
    public void Remove() => DurableDirectory.Remove(FullPath);

    /// <summary>Reads every file and compares sizes and checksums.</summary>
    /// <exception cref="LinearScalingException">A file is missing, truncated or changed; it is named.</exception>
    public void Verify() => Verify(_ => true);

    /// <summary>Like <see cref="Verify()"/>, for what using the model needs: weights and configuration.</summary>
    public void VerifyModel() => Verify(name => name is "model.safetensors" or "model.yaml");

    private void Verify(Func<string, bool> chosen)
    {
        foreach (var (name, expected) in ReadComplete().Files.Where(f => chosen(f.Key)))
        {
            var file = Path.Combine(FullPath, name);
            if (!File.Exists(file))
                throw RunMistakes.MissingFile(file);
            var length = new FileInfo(file).Length;
            if (length != expected.Bytes)
                throw RunMistakes.OtherLength(file, length, expected);
            if (Checksum.ComputeFile(file) is var found && found != expected.Xxh128)
                throw RunMistakes.OtherChecksum(file, found, expected);
        }
    }

    /// <summary>Hash of the weights (names, types, shapes and values), which identifies evaluation results wherever the
    /// files lie.</summary>
    public string WeightsHash => ReadComplete().WeightsHash;

    /// <summary>The model's configuration, tokenizer and sequence length.</summary>
    public T ReadConfig<T>()
        where T : class => ConfigFile.Load<T>(ModelConfigFile);

    public void WriteConfig(object config) => DurableFile.WriteAllText(ModelConfigFile, ConfigWriter.Write(config));

    public CheckpointState ReadState() => RunDirectory.ReadJson(StateFile, RunJson.Default.CheckpointState);

    public void WriteState(CheckpointState state) =>
        DurableFile.WriteAllText(StateFile, JsonSerializer.Serialize(state, RunJson.Default.CheckpointState));

    /// <summary>The tokens behind the checkpoint; 0 for an imported model.</summary>
    public long Tokens => File.Exists(StateFile) ? ReadState().Tokens : 0;

    /// <summary>Writes <c>complete.json</c> for the files that are there; after it only the rename that makes the
    /// checkpoint visible.</summary>
    public void Complete(string weightsHash)
    {
        var files = Directory
            .EnumerateFiles(FullPath)
            .Order(StringComparer.Ordinal)
            .ToDictionary(f => Path.GetFileName(f), f => new FileSeal(new FileInfo(f).Length, Checksum.ComputeFile(f)));
        DurableFile.WriteAllText(
            CompleteFile,
            JsonSerializer.Serialize(CompleteRecord.Create(files, weightsHash), RunJson.Default.CompleteRecord)
        );
    }

    /// <summary>Refuses a checkpoint of another step than its name says, or of another run than it lies in.</summary>
    public void VerifyOrigin()
    {
        if (Run is not { } run || !File.Exists(StateFile))
            return;
        var state = ReadState();
        if (state.Step != Step)
            throw RunMistakes.OtherStep(this, state);
        if (state.ConfigHash != run.ReadRun().ConfigHash)
            throw RunMistakes.OtherRun(this, run);
    }

    private CompleteRecord ReadComplete()
    {
        var complete = RunDirectory.ReadJson(CompleteFile, RunJson.Default.CompleteRecord);
        // earlier versions wrote no seal; a trained checkpoint's state has the hash too
        var whole = complete.Seal is not null
            ? complete.Seal == CompleteRecord.Create(complete.Files, complete.WeightsHash).Seal
            : !File.Exists(StateFile) || complete.WeightsHash == ReadState().WeightsHash;
        return whole ? complete : throw RunMistakes.OtherSeal(CompleteFile);
    }
}

/// <summary>Size and XxHash128 of one file of a checkpoint.</summary>
public sealed record FileSeal(long Bytes, string Xxh128);

/// <summary>What seals a checkpoint: <c>complete.json</c>.</summary>
/// <param name="Seal">Checksum of the rest.</param>
public sealed record CompleteRecord(
    IReadOnlyDictionary<string, FileSeal> Files,
    string WeightsHash,
    string? Seal = null
)
{
    /// <summary>The record with its seal.</summary>
    public static CompleteRecord Create(IReadOnlyDictionary<string, FileSeal> files, string weightsHash) =>
        new(
            files,
            weightsHash,
            Checksum.Compute(
                string.Concat(
                    files
                        .OrderBy(f => f.Key, StringComparer.Ordinal)
                        .Select(f =>
                            $"{f.Key}\n{f.Value.Bytes.ToString(CultureInfo.InvariantCulture)} {f.Value.Xxh128}\n"
                        )
                ) + weightsHash
            )
        );
}
