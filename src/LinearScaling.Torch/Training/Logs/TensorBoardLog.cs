using LinearScaling.Runs;

namespace LinearScaling.Torch.Training.Logs;

/// <summary>A run's log that also writes TensorBoard event files beside metrics.jsonl.</summary>
public sealed class TensorBoardLog(IRunLog inner, RunDirectory run) : IRunLog, IDisposable
{
    private TensorBoardFile? file;

    public void Resumed(long step)
    {
        file = new TensorBoardFile(run.FullPath, DateTimeOffset.Now);
        file.Begin(step + 1, DateTimeOffset.Now);
        inner.Resumed(step);
    }

    public void Loss(long step, int micro, double loss) => inner.Loss(step, micro, loss);

    public void MicroBatch(long step, int done, int count) => inner.MicroBatch(step, done, count);

    public void Step(StepRecord record)
    {
        file!.Add(
            record.Step,
            DateTimeOffset.Now,
            ("train/loss", record.Loss),
            ("train/lr", record.Lr),
            ("train/grad_norm", record.GradNorm),
            ("speed/tokens_per_second", record.TokensPerSecond),
            ("speed/mfu_exact", record.Mfu ?? double.NaN),
            ("speed/data_wait_seconds", record.DataWaitSeconds),
            ("progress/tokens", record.Tokens),
            ("progress/flops", record.Flops),
            ("progress/memory_bytes", record.MemoryBytes)
        );
        inner.Step(record);
    }

    public void Saved(CheckpointDirectory checkpoint) => inner.Saved(checkpoint);

    public void Warning(string message) => inner.Warning(message);

    public void Dispose() => file?.Dispose();
}
