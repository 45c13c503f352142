using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LinearScaling.Configuration;
using LinearScaling.Files;

namespace LinearScaling.Runs;

/// <summary>One run's directory: the only place that knows its file names and formats.</summary>
public sealed class RunDirectory(string path)
{
    public string FullPath { get; } = Path.GetFullPath(path);

    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(FullPath));

    public string ConfigFile => Path.Combine(FullPath, "config.yaml");

    public string RunFile => Path.Combine(FullPath, "run.json");

    public string MetricsFile => Path.Combine(FullPath, "metrics.jsonl");

    public string EvalFile => Path.Combine(FullPath, "eval.jsonl");

    /// <summary>Questions and answers, item by item, where an evaluation was told to keep them.</summary>
    public string SamplesFile(string checkpoint, string task) =>
        Path.Combine(FullPath, "samples", checkpoint, task + ".jsonl");

    /// <summary>Locked by the process that trains the run.</summary>
    public string TrainLock => Path.Combine(FullPath, "train.lock");

    /// <summary>Where the time of the last profiled steps went.</summary>
    public string ProfileFile => Path.Combine(FullPath, "profile.json");

    /// <summary>What reproduces a step that was stopped for a loss or gradient that is not finite.</summary>
    public string StoppedFolder(long step) => Path.Combine(FullPath, "stopped", $"step-{step:D8}");

    public string CheckpointsFolder => Path.Combine(FullPath, "checkpoints");

    /// <summary>Whether training has begun here.</summary>
    public bool IsStarted => File.Exists(RunFile);

    /// <summary>Whether more is here than what comes before a run: its configuration and its lock.</summary>
    public bool HoldsOtherFiles =>
        Directory.Exists(FullPath)
        && Directory
            .EnumerateFileSystemEntries(FullPath)
            .Except(Leftovers())
            .Any(e => e != ConfigFile && e != TrainLock);

    /// <summary>Whether a profile was written.</summary>
    public bool HasProfile => File.Exists(ProfileFile);

    /// <summary>What changes whenever <c>eval.jsonl</c> does.</summary>
    public (DateTime Written, long Length) EvalsStamp =>
        new FileInfo(EvalFile) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    /// <summary>Every run at or below <paramref name="root"/>, by path.</summary>
    /// <exception cref="LinearScalingException">The directory does not exist or holds no run.</exception>
    public static IReadOnlyList<RunDirectory> Find(string root)
    {
        if (!Directory.Exists(root))
            throw RunMistakes.NoDirectory(root);
        var runs = FolderTree
            .Files(root, "run.json")
            .Select(f => new RunDirectory(Path.GetDirectoryName(f)!))
            .OrderBy(r => r.FullPath, StringComparer.Ordinal)
            .ToList();
        return runs.Count > 0 ? runs : throw RunMistakes.NoRun(root);
    }

    /// <summary>The lock of the process that trains the run, or null when another process has it.</summary>
    public FileLock? TryLock() => FileLock.TryTake(TrainLock);

    public T ReadConfig<T>()
        where T : class => Configuration.ConfigFile.Load<T>(ConfigFile);

    public void WriteConfig(object config) => DurableFile.WriteAllText(ConfigFile, ConfigWriter.Write(config));

    public RunRecord ReadRun() => ReadJson(RunFile, RunJson.Default.RunRecord);

    /// <summary>The logged steps in order. A last line cut off by a crash is left out; any other damaged line is
    /// named.</summary>
    public IReadOnlyList<StepRecord> ReadMetrics() => JsonLines.Read(MetricsFile, RunJson.Default.StepRecord);

    /// <summary>The last step logged whole, or null; cheap enough to be asked for every second.</summary>
    public StepRecord? LastMetrics() => JsonLines.Last(MetricsFile, RunJson.Default.StepRecord);

    public IReadOnlyList<EvalRecord> ReadEvals() => JsonLines.Read(EvalFile, RunJson.Default.EvalRecord);

    /// <exception cref="LinearScalingException">Somebody removed the directory.</exception>
    public void AppendMetrics(StepRecord record)
    {
        RequireStarted();
        JsonLines.Append(MetricsFile, [record], RunJson.Default.StepRecord, durable: false);
    }

    /// <summary>Refuses to write into a directory that is a run's no longer.</summary>
    public void RequireStarted()
    {
        if (!IsStarted)
            throw RunMistakes.Disappeared(this);
    }

    public void AppendEvals(IEnumerable<EvalRecord> records) =>
        JsonLines.Append(EvalFile, records, RunJson.Default.EvalRecord, durable: true);

    /// <summary>The items of a task on a checkpoint, in the order of the task; empty when none were kept.</summary>
    public IReadOnlyList<SampleRecord> ReadSamples(string checkpoint, string task) =>
        JsonLines.Read(SamplesFile(checkpoint, task), RunJson.Default.SampleRecord);

    /// <summary>The first of those items, which names the weights and settings of them all; null when none were
    /// kept.</summary>
    public SampleRecord? FirstSample(string checkpoint, string task) =>
        File.Exists(SamplesFile(checkpoint, task))
        && File.ReadLines(SamplesFile(checkpoint, task)).FirstOrDefault() is { } line
            ? JsonLines.Parse(line, $"{SamplesFile(checkpoint, task)}:1", RunJson.Default.SampleRecord)
            : null;

    /// <summary>When the items of a task on a checkpoint were written, or null when none were kept.</summary>
    public DateTime? SamplesWritten(string checkpoint, string task) =>
        File.Exists(SamplesFile(checkpoint, task)) ? File.GetLastWriteTimeUtc(SamplesFile(checkpoint, task)) : null;

    /// <summary>Replaces the kept items of a task on a checkpoint.</summary>
    public void WriteSamples(string checkpoint, string task, IEnumerable<SampleRecord> samples)
    {
        var file = SamplesFile(checkpoint, task);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        DurableFile.WriteAllText(
            file,
            string.Concat(samples.Select(s => JsonSerializer.Serialize(s, RunJson.Default.SampleRecord) + "\n"))
        );
    }

    /// <summary>Returns when every logged step is on the disk.</summary>
    public void FlushMetrics() => JsonLines.Flush(MetricsFile);

    /// <summary>Drops damaged lines and the logged steps after <paramref name="step"/>; a resumed run repeats
    /// them.</summary>
    public void RewindMetrics(long step) =>
        JsonLines.Filter(MetricsFile, RunJson.Default.StepRecord, r => r.Step <= step);

    /// <summary>Complete checkpoints of this run, oldest first.</summary>
    public IReadOnlyList<CheckpointDirectory> Checkpoints() =>
        !Directory.Exists(CheckpointsFolder)
            ? []
            :
            [
                .. Directory
                    .EnumerateDirectories(CheckpointsFolder, "step-*")
                    .Select(d => new CheckpointDirectory(d))
                    .Where(c => c.IsComplete)
                    .OrderBy(c => c.Step),
            ];

    public CheckpointDirectory Checkpoint(long step) => new(Path.Combine(CheckpointsFolder, $"step-{step:D8}"));

    /// <summary>Where a checkpoint is written until it is whole: under a name that begins with a dot.</summary>
    public CheckpointDirectory UnfinishedCheckpoint(long step) =>
        new(Path.Combine(CheckpointsFolder, $".step-{step:D8}"));

    /// <summary>Removes the checkpoints that the schedule does not keep.</summary>
    public void RemoveSuperfluous(Schedules.CheckpointSchedule schedule)
    {
        if (schedule.KeepLast == 0)
            return;
        var best = ReadEvals()
            .Where(e => e.Metric == "val_loss" && double.IsFinite(e.Value))
            .OrderBy(e => e.Value)
            .Select(e => e.Step)
            .Distinct();
        foreach (var step in schedule.Superfluous([.. Checkpoints().Select(c => c.Step)], best).ToList())
            Checkpoint(step).Remove();
    }

    /// <summary>Removes the checkpoints that stops added to a run that has ended, where the schedule does not keep
    /// them.</summary>
    public void RemoveStops(Schedules.CheckpointSchedule schedule, long totalSteps)
    {
        if (schedule.KeepStops)
            return;
        foreach (var checkpoint in Checkpoints().Where(c => !schedule.IsDue(c.Step, totalSteps)))
            checkpoint.Remove();
    }

    /// <summary>Removes what a killed process left half-written or half-removed; to be called with the run's
    /// lock.</summary>
    public void RemoveLeftovers()
    {
        foreach (var file in Leftovers().ToList())
            File.Delete(file);
        if (Directory.Exists(CheckpointsFolder))
            foreach (var hidden in Directory.EnumerateDirectories(CheckpointsFolder, ".*step-*"))
                Directory.Delete(hidden, recursive: true);
    }

    /// <summary>The run's own files as a killed process had begun to write them.</summary>
    private IEnumerable<string> Leftovers() =>
        new[] { ConfigFile, RunFile }.SelectMany(f => PendingFile.LeftoversOf(f));

    /// <summary>Writes the record of a stopped step beside its batch.</summary>
    /// <param name="writeBatch">Writes the batch into the file that it is given.</param>
    public void WriteStopped(StoppedStep step, Action<string> writeBatch)
    {
        var folder = StoppedFolder(step.Step);
        Directory.CreateDirectory(folder);
        writeBatch(Path.Combine(folder, "batch.safetensors"));
        DurableFile.WriteAllText(
            Path.Combine(folder, "state.json"),
            JsonSerializer.Serialize(step, RunJson.Default.StoppedStep)
        );
    }

    public void WriteProfile(TrainingProfile profile) =>
        DurableFile.WriteAllText(ProfileFile, JsonSerializer.Serialize(profile, RunJson.Default.TrainingProfile));

    public TrainingProfile ReadProfile() => ReadJson(ProfileFile, RunJson.Default.TrainingProfile);

    public void WriteRun(RunRecord run) =>
        DurableFile.WriteAllText(RunFile, JsonSerializer.Serialize(run, RunJson.Default.RunRecord));

    internal static T ReadJson<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return StrictJson.Deserialize(File.ReadAllText(file), type);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{file}: damaged: {e.Message}", e);
        }
        catch (FileNotFoundException e)
        {
            throw new LinearScalingException($"{file}: missing", e);
        }
    }
}
