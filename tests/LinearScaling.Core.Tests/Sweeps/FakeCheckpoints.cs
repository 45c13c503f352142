using System.Globalization;
using LinearScaling.Evaluation;
using LinearScaling.Evaluation.Requests;
using LinearScaling.Runs;
using LinearScaling.Sweeps;
using LinearScaling.Text;

namespace LinearScaling.Tests.Sweeps;

/// <summary>Run directories with sealed checkpoints of no weights, in a temporary directory.</summary>
internal sealed class FakeRuns : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("lcs-eval-").FullName;

    public IReadOnlyList<CheckpointDirectory> Found => CheckpointDirectory.Find(Root);

    public RunDirectory Add(string name, int checkpoints)
    {
        var run = new RunDirectory(Path.Combine(Root, name));
        Directory.CreateDirectory(run.CheckpointsFolder);
        run.WriteRun(
            new(
                name,
                "tnl",
                "custom",
                "",
                "",
                0,
                4,
                4,
                new(0, 0),
                new Dictionary<string, double>(),
                "byte",
                257,
                "",
                "cpu",
                "fp32",
                1
            )
        );
        for (var step = 1; step <= checkpoints; step++)
        {
            var checkpoint = run.Checkpoint(step);
            Directory.CreateDirectory(checkpoint.FullPath);
            File.WriteAllText(checkpoint.ModelFile, $"{name} {step}");
            checkpoint.Complete($"{name}-{step.ToString(CultureInfo.InvariantCulture)}");
        }
        return run;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>Opens every checkpoint as a model whose loss depends on its step alone; "damaged" ones do not
/// open.</summary>
internal sealed class FakeSource(EvalOptions? options = null) : ICheckpointSource
{
    private readonly EvalInputs inputs = new(options ?? new())
    {
        Tokenizer = new ByteTokenizer(),
        SeqLen = 4,
        HeldOut = new(
            "fingerprint",
            4,
            () =>
                new(
                    [
                        [1, 2, 3, 4, 5],
                        [5, 6, 7],
                    ],
                    12
                )
        ),
    };

    public List<string> Opened { get; } = [];

    public Action Answering { get; set; } = () => { };

    /// <summary>The log-likelihood of every request; null for one that depends on the step and its length.</summary>
    public double? Score { get; init; }

    public void Check(CheckpointDirectory checkpoint) => _ = checkpoint.WeightsHash;

    public EvalInputs Inputs(CheckpointDirectory checkpoint) => inputs;

    public OpenModel Open(CheckpointDirectory checkpoint, EvalInputs inputs)
    {
        if (File.ReadAllText(checkpoint.ModelFile).Contains("damaged", StringComparison.Ordinal))
            throw new LinearScalingException($"{checkpoint.ModelFile}: checksum; the checkpoint is damaged");
        lock (Opened)
            Opened.Add($"{checkpoint.Run!.Name} {checkpoint.Step}");
        return new(_ => new Model(checkpoint.Step, Answering, Score), new MemoryStream());
    }

    private sealed class Model(long step, Action answering, double? score) : IEvaluatedModel
    {
        public IReadOnlyList<Answer> Answer(
            IReadOnlyList<Request> requests,
            Action<double> progress,
            CancellationToken cancellationToken
        )
        {
            answering();
            cancellationToken.ThrowIfCancellationRequested();
            return
            [
                .. requests.Cast<SequenceRequest>().Select(r => new Answer(score ?? -step * (r.Tokens.Length - 1.0))),
            ];
        }
    }
}

internal sealed class SweepLines : ISweepLog
{
    public List<string> Lines { get; } = [];

    public void Started(int checkpoints, int pending, int finished) =>
        Lines.Add($"started {checkpoints} {pending} {finished}");

    public void Evaluating(CheckpointDirectory checkpoint, EvalTask task) { }

    public void Progressed(double share) { }

    public void Evaluated(CheckpointDirectory checkpoint, TaskScore score) =>
        Lines.Add(
            $"{checkpoint.Name} {score.Task.Name}" + (score.NotFinite > 0 ? $" {score.NotFinite} not finite" : "")
        );

    public void Waiting(IReadOnlyList<CheckpointDirectory> held) => Lines.Add($"waiting for {held.Count}");

    public void Damaged(CheckpointDirectory checkpoint, string problem) => Lines.Add($"{checkpoint.Name} damaged");
}
