using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Sequences;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Training.Checkpoints;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Tests.Torch.Training;

/// <summary>A run of a tiny model on sequences that are a function of their index.</summary>
/// <param name="strangeFrom">First of the sequences that are noise; up to <paramref name="strangeTo"/>.</param>
/// <param name="change">Changes the configuration of the run.</param>
/// <param name="exact">Whether all arithmetic is fp64.</param>
/// <param name="resetAfter">The token that ends a document; null: a sequence is one.</param>
internal sealed class TinyRun(
    string path,
    string architecture,
    Precision precision,
    int microBatch = 2,
    Func<RunConfig, RunConfig>? change = null,
    long strangeFrom = 0,
    long strangeTo = 0,
    int seqLen = TinyRun.SeqLen,
    int? resetAfter = null,
    bool exact = false
)
{
    /// <summary>Tokens of a sequence unless told otherwise.</summary>
    public const int SeqLen = 12;
    private const int Sequences = 4;

    public RunDirectory Directory { get; } = new(path);

    public RecordingLog Log { get; private set; } = new();

    /// <summary>Trains to <paramref name="steps"/>; cancelled after the step <paramref name="stopAfter"/>.</summary>
    /// <param name="microStop">Or within a step, after its first micro-batch.</param>
    /// <param name="onStep">Called after every step.</param>
    /// <param name="ranks">Who trains it; null: this thread alone.</param>
    public void Train(
        int steps,
        int stopAfter = int.MaxValue,
        int microStop = int.MaxValue,
        Action<long>? onStep = null,
        ICollectives? ranks = null
    )
    {
        ranks ??= new SingleProcess();
        using var stop = new CancellationTokenSource();
        var log = new RecordingLog(
            step =>
            {
                onStep?.Invoke(step);
                if (step == stopAfter)
                    stop.Cancel();
            },
            step =>
            {
                if (step == microStop)
                    stop.Cancel();
            }
        );
        if (ranks.Rank == 0)
            Log = log;
        var config = new RunConfig(
            Models.TinyConfig(architecture),
            new DataConfig(SeqLen: seqLen),
            new TrainConfig(
                new StepsHorizon(steps),
                new CosineSchedule(2),
                new OptimizerConfig(PeakLr: 1e-2),
                seqLen * Sequences,
                microBatch,
                Dtype: precision
            ),
            new CheckpointSchedule(LogFrom: 1, LogFactor: 2, Every: 0)
        );
        config = change?.Invoke(config) ?? config;
        var dtype =
            exact ? ScalarType.Float64
            : precision == Precision.Bf16 ? ScalarType.BFloat16
            : ScalarType.Float32;
        var share = WorkShare.Divide(ranks, config);
        System.IO.Directory.CreateDirectory(path);
        if (share.IsRoot && !Directory.IsStarted)
            Directory.WriteRun(Record(architecture));

        using var learner = new Learner(config, dtype, CPU, ranks);
        if (share.Sequence.Size > 1)
            learner.Model.Stretch = new Stretch(share.Sequence, seqLen);
        using var checkpointing = new Checkpointing(
            Directory,
            learner.Optimizer,
            new ModelCard(config.Model, "byte", seqLen),
            config.Checkpoints,
            inBackground: true,
            ranks
        );
        var start = checkpointing.Restore(log.Warning);
        if (start is null)
        {
            learner.Initialize(7);
            start = new CheckpointState(0, 0, 0, 0, 0, "", "", "", "");
        }
        if (share.IsRoot)
            Directory.RewindMetrics(start.Step);
        using var source = new Counting(config.Model.VocabSize, seqLen, strangeFrom, strangeTo);
        new Trainer(
            config,
            Directory,
            learner,
            source,
            new Batches(
                new GroupSequences(source, Sequences, share.Groups, share.Group),
                share.MicroBatch(config),
                resetAfter,
                CPU,
                learner.Model.Stretch
            ),
            checkpointing,
            new StepCost(config.Train.BatchTokens, 1, 1, 1),
            share,
            log
        ).Run(start, stop.Token);
    }

    private RunRecord Record(string architecture) =>
        new(
            "tiny",
            architecture,
            "custom",
            ConfigHash: "",
            Versions.Program,
            Seed: 7,
            seqLen,
            seqLen * Sequences,
            new(0, 0),
            new Dictionary<string, double>(),
            "byte",
            VocabSize: 0,
            DataFingerprint: "",
            "cpu",
            "fp32",
            Threads: 1
        );

    public IReadOnlyList<double> Losses() => [.. Directory.ReadMetrics().Select(m => m.Loss)];

    /// <summary>The sequences that every run is trained on.</summary>
    private sealed class Counting(int vocab, int seqLen, long strangeFrom, long strangeTo) : ISequenceSource
    {
        int ISequenceSource.SeqLen => seqLen;

        public void Read(long index, Span<int> tokens)
        {
            var random = new Random((int)index);
            var value = random.Next(vocab);
            for (var i = 0; i < tokens.Length; i++)
                tokens[i] = value =
                    index >= strangeFrom && index < strangeTo
                        ? random.Next(vocab)
                        : (value * 3 + random.Next(2)) % vocab;
        }

        public void Dispose() { }
    }
}

/// <summary>What a run told.</summary>
internal sealed class RecordingLog(Action<long>? onStep = null, Action<long>? onMicroBatch = null) : IRunLog
{
    public List<string> Warnings { get; } = [];

    public long FirstStep { get; private set; }

    void IRunLog.Resumed(long step) { }

    void IRunLog.Loss(long step, int micro, double loss) { }

    void IRunLog.MicroBatch(long step, int done, int count)
    {
        if (done == 1 && count > 1)
            onMicroBatch?.Invoke(step);
    }

    void IRunLog.Step(StepRecord record)
    {
        if (FirstStep == 0)
            FirstStep = record.Step;
        onStep?.Invoke(record.Step);
    }

    void IRunLog.Saved(CheckpointDirectory checkpoint) { }

    void IRunLog.Warning(string message) => Warnings.Add(message);

    public void Warning(string message) => Warnings.Add(message);
}
