using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Files;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Sequences;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Training.Checkpoints;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>One run, from its configuration to its last checkpoint: the composition root of training.</summary>
public sealed class TrainingRun
{
    private readonly RunConfig config;
    private readonly RunDirectory directory;
    private readonly ComputeDevice compute;
    private readonly TrainingData data;
    private readonly WorkShare share;

    private TrainingRun(
        RunConfig config,
        RunDirectory directory,
        ComputeDevice compute,
        TrainingData data,
        WorkShare share,
        RunPlan plan
    )
    {
        this.config = config;
        this.directory = directory;
        this.compute = compute;
        this.data = data;
        this.share = share;
        Plan = plan;
    }

    public RunPlan Plan { get; }

    /// <summary>Micro-batches that this process goes through in a step.</summary>
    public int MicroBatches => share.MicroBatches(config);

    /// <summary>Opens the data, works out what the run will be, and checks it against what the output directory holds;
    /// nothing is written. Every process of the run has to call.</summary>
    /// <param name="size">The preset's name, or "custom".</param>
    /// <param name="ranks">The processes of the run.</param>
    /// <param name="acceptChangedData">Go on although the data is not what the run began with; each checkpoint names
    /// what it saw.</param>
    /// <exception cref="LinearScalingException">The directory holds a different run, the vocabulary does not fit the
    /// data, or the processes were not started alike.</exception>
    public static TrainingRun Open(
        RunConfig config,
        string architecture,
        string size,
        string output,
        ComputeDevice compute,
        ICollectives ranks,
        bool acceptChangedData,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        RankComparison.Compare(ranks, config, output, compute.Device);
        ranks.Settings.Patience = TimeSpan.FromSeconds(config.Train.Timeout);
        var share = WorkShare.Divide(ranks, config);
        var machines = ranks.Gather(Environment.MachineName, compute.Device, "machines");
        var neighbours = machines.Count(m => m == machines[ranks.Rank]);
        // What steps and learning rates may depend on is one number for all.
        var measured = PeakFlops.Measure(compute.Resolve(config.Train.Dtype), compute.Device);
        var peak = ranks.Gather([measured], compute.Device, "speeds")[0][0];
        var run = ranks.Agree(
            () =>
                Open(
                    config,
                    architecture,
                    size,
                    output,
                    compute,
                    share,
                    neighbours,
                    peak,
                    acceptChangedData,
                    progress,
                    cancellationToken
                ),
            compute.Device,
            "the run's data and plan"
        );
        RankComparison.Compare(ranks, run.Plan.Run.DataFingerprint, run.Plan.Run.DType, compute.Device);
        return run;
    }

    private static TrainingRun Open(
        RunConfig config,
        string architecture,
        string size,
        string output,
        ComputeDevice compute,
        WorkShare share,
        int neighbours,
        double peak,
        bool acceptChangedData,
        Action<string> progress,
        CancellationToken cancellationToken
    )
    {
        var directory = new RunDirectory(output);
        var dtype = compute.Resolve(config.Train.Dtype);
        var data = TrainingData.Open(
            [.. config.Data.Parts().Select(p => (p.Source, p.Weight))],
            config.Data.Tokenizer,
            progress,
            cancellationToken
        );
        if (data.Tokenizer.VocabSize > config.Model.VocabSize)
            throw TrainingMistakes.VocabularyTooSmall(config, data.Tokenizer);
        var flopsPerToken = config.Model.FlopsPerToken(config.Data.SeqLen);
        var counts = config.Model.Counts();
        var record = new RunRecord(
            directory.Name,
            architecture,
            size,
            ConfigWriter.Hash(config),
            Versions.Program,
            config.Seed,
            config.Data.SeqLen,
            config.Train.BatchTokens,
            counts,
            flopsPerToken,
            data.Tokenizer.Name,
            config.Model.VocabSize,
            data.Fingerprint,
            compute.Description,
            dtype == ScalarType.BFloat16 ? "bf16" : "fp32",
            compute.Threads
        );
        Continuation.RefuseOther(directory, record, config, acceptChangedData);

        var exact = flopsPerToken[Flops.Exact];
        var work = config.Train.Recompute switch
        {
            Recompute.None => 1,
            Recompute.Selective => 7.0 / 6,
            _ => 4.0 / 3,
        };
        var cost = new StepCost(
            config.Train.BatchTokens,
            exact,
            counts.NonEmbedding,
            config.Train.BatchTokens * exact * work / (peak * share.World.Size * RunPlan.AssumedUtilisation)
        );
        var steps = config.Train.Horizon.Steps(cost);
        var tokens = steps * config.Train.BatchTokens;
        var plan = new RunPlan(
            record,
            cost,
            steps,
            tokens,
            tokens * exact,
            peak,
            steps * cost.Seconds,
            MemoryPlan.For(config, dtype == ScalarType.BFloat16 ? 2 : 4, share.World.Size),
            compute.AvailableMemory() / (compute.Device.type == DeviceType.CPU ? neighbours : 1)
        );
        return new TrainingRun(config, directory, compute, data, share, plan);
    }

    /// <summary>Trains from the newest whole checkpoint, or from the start, to the horizon.</summary>
    /// <param name="clock">Told the phases of every step, where the run is profiled.</param>
    /// <exception cref="LinearScalingException">Memory would not suffice, the data changed, the disk is full, the loss
    /// is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was done is saved.</exception>
    public void Train(IRunLog log, CancellationToken cancellationToken, PhaseClock? clock = null)
    {
        if (share.World.Any(Plan.Memory.Total > Plan.AvailableMemory, compute.Device, "free memory"))
            throw share.Agreed(TrainingMistakes.TooLittleMemory(directory, Plan, compute));
        using var runLock = share.World.Agree(() => share.IsRoot ? Begin() : null, compute.Device, "the run's lock");

        var sequences = data.Sequences(config.Data.SeqLen, config.Seed);
        var perStep = config.Train.BatchTokens / config.Data.SeqLen;
        using var source = new PrefetchingSource(
            share.Groups == 1 ? sequences : new GroupSequences(sequences, perStep, share.Groups, share.Group),
            stalled: log.Warning
        );
        if (directory.Checkpoints().Count == 0)
            source.Begin(0); // while the model is built
        var dtype = compute.Resolve(config.Train.Dtype);
        using var learner = new Learner(config, dtype, compute.Device, share.World);
        if (share.Sequence.Size > 1)
            learner.Model.Stretch = new Stretch(share.Sequence, config.Data.SeqLen);
        int? resetAfter = config.Data.ResetAtEos ? data.Tokenizer.EndOfText : null;
        var card = new ModelCard(config.Model, data.Tokenizer.Name, config.Data.SeqLen, resetAfter);
        var snapshotFits = Plan.Memory.Total + Plan.Memory.Snapshot <= Plan.AvailableMemory;
        using var checkpointing = new Checkpointing(
            directory,
            learner.Optimizer,
            card,
            config.Checkpoints,
            snapshotFits,
            share.World,
            compute.Device
        );

        var start = checkpointing.Restore(log.Warning);
        if (start is null)
        {
            learner.Initialize(config.Seed);
            start = new CheckpointState(
                0,
                0,
                0,
                0,
                0,
                Plan.Run.ConfigHash,
                Plan.Run.DataFingerprint,
                "",
                Versions.Program
            );
        }
        if (start.DataFingerprint != Plan.Run.DataFingerprint)
        {
            if (share.IsRoot)
                Continuation.NoteChangedData(directory, Plan.Run, start, log);
            start = start with { DataFingerprint = Plan.Run.DataFingerprint };
        }
        if (share.IsRoot)
        {
            directory.RewindMetrics(start.Step);
            Continuation.NoteMissing(directory, config.Train.LogEvery, start.Step, log);
        }
        log.Resumed(start.Step);
        var batches = new Batches(source, share.MicroBatch(config), resetAfter, compute.Device, learner.Model.Stretch);
        new Trainer(config, directory, learner, sequences, batches, checkpointing, Plan.Cost, share, log, clock)
        {
            PeakFlops = Plan.PeakFlops * share.World.Size,
        }.Run(start, cancellationToken);
    }

    /// <summary>Takes the run's lock, and writes what the run is before its first step.</summary>
    private FileLock Begin()
    {
        Directory.CreateDirectory(directory.FullPath);
        var runLock = directory.TryLock() ?? throw TrainingMistakes.TrainedByAnother(directory);
        if (!directory.IsStarted)
        {
            directory.WriteConfig(config);
            directory.WriteRun(Plan.Run);
        }
        return runLock;
    }
}
