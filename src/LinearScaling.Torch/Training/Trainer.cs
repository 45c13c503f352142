using System.Diagnostics;
using LinearScaling.Data;
using LinearScaling.Runs;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Training;

/// <summary>The training loop: <see cref="Run"/> reads top to bottom, and nothing else changes the model.</summary>
/// <param name="resetAfter">The token after which a model starts afresh; null: it never does within a sequence.</param>
public sealed class Trainer(
    RunConfig config,
    RunDirectory run,
    LanguageModel model,
    AdamW optimizer,
    GradientBuffers gradients,
    ISequenceSource source,
    int? resetAfter,
    Checkpointing checkpointing,
    CheckpointState start,
    long totalSteps,
    double flopsPerToken,
    double? peakFlops,
    IRunLog log)
{
    private readonly BlockWalk walk = new(model, gradients, config.Train.Recompute);
    private readonly int sequencesPerStep = checked((int)(config.Train.BatchTokens / config.Data.SeqLen));
    private readonly long firstStep = start.Step;
    private CheckpointState state = start;

    /// <summary>Trains to the end, or to a cancellation.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the state after the last whole step is saved.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        for (; ; )
        {
            // A run saves after its last step too, so the loop looks before it steps.
            if (state.Step > firstStep && (config.Checkpoints.IsDue(state.Step, totalSteps) || cancellationToken.IsCancellationRequested))
                log.Saved(checkpointing.Save(state));
            if (state.Step >= totalSteps)
                return;
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                TrainStep(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The step in progress changed nothing but gradients: the state is that of the last whole step.
            }
        }
    }

    private void TrainStep(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var began = Stopwatch.GetTimestamp();
        var lr = config.Train.Optimizer.PeakLr * config.Train.LrSchedule.Factor(state.Step, totalSteps);
        var microBatches = sequencesPerStep / config.Train.MicroBatch;
        var scale = 1.0 / config.Train.BatchTokens;
        var (lossSum, waited) = (0.0, TimeSpan.Zero);

        gradients.Zero();
        for (var micro = 0; micro < microBatches; micro++)
        {
            using var microScope = NewDisposeScope();
            var reading = Stopwatch.GetTimestamp();
            var (ids, targets) = ReadBatch(state.Sequence + (long)micro * config.Train.MicroBatch);
            waited += Stopwatch.GetElapsedTime(reading);
            walk.ForwardBackward(ids, targets, resetAfter is { } endOfText ? Segments.After(endOfText, ids) : null, scale, microLoss =>
            {
                lossSum += microLoss;
                log.Loss(state.Step, micro, microLoss / ids.numel());
            }, cancellationToken);
            log.MicroBatch(state.Step, micro + 1, microBatches);
        }

        var loss = lossSum * scale;
        var gradNorm = gradients.Norm();
        if (!double.IsFinite(loss) || !double.IsFinite(gradNorm))
            throw new LinearScalingException($"{run.FullPath}: step {state.Step + 1}: the loss is {loss} and the gradient norm {gradNorm}; stopped before the update, the last checkpoint is good. Try a lower train.optimizer.peak_lr or a longer train.lr_schedule.warmup_steps.");
        if (config.Train.MaxGradNorm > 0 && gradNorm > config.Train.MaxGradNorm)
            gradients.Scale(config.Train.MaxGradNorm / gradNorm);
        optimizer.Step(gradients.Flats, lr, state.Step + 1);

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var tokensPerSecond = config.Train.BatchTokens / seconds;
        state = state with
        {
            Step = state.Step + 1,
            Tokens = state.Tokens + config.Train.BatchTokens,
            Sequence = state.Sequence + sequencesPerStep,
            Flops = (state.Tokens + config.Train.BatchTokens) * flopsPerToken,
            Seconds = state.Seconds + seconds,
        };
        var record = new StepRecord(
            state.Step, state.Tokens, state.Flops, loss, lr, gradNorm, tokensPerSecond,
            peakFlops is { } peak ? tokensPerSecond * flopsPerToken / peak : null,
            Environment.WorkingSet, waited.TotalSeconds, state.Seconds);
        if (state.Step % config.Train.LogEvery == 0 || state.Step == totalSteps)
            run.AppendMetrics(record);
        log.Step(record);
    }

    /// <returns>Input tokens and the token after each, both int64 [micro_batch, seq_len].</returns>
    private (Tensor Ids, Tensor Targets) ReadBatch(long firstSequence)
    {
        var length = config.Data.SeqLen + 1;
        var tokens = new int[config.Train.MicroBatch * length];
        for (var i = 0; i < config.Train.MicroBatch; i++)
            source.Read(firstSequence + i, tokens.AsSpan(i * length, length));
        var batch = tensor(tokens, [config.Train.MicroBatch, length], device: model.Parameters.Device).to(ScalarType.Int64);
        return (batch.narrow(1, 0, length - 1), batch.narrow(1, 1, length - 1));
    }
}
