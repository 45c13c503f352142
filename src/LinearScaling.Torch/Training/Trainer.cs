using System.Diagnostics;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>The training loop: <see cref="Run"/> reads top to bottom, and nothing else changes the model.</summary>
public sealed class Trainer(
    RunConfig config,
    RunDirectory run,
    Learner learner,
    Batches batches,
    Checkpointing checkpointing,
    StepCost cost,
    IRunLog log,
    PhaseClock? clock = null
)
{
    private readonly AdamW optimizer = learner.Optimizer;
    private readonly GradientBuffers gradients = learner.Gradients;
    private readonly Device device = learner.Model.Parameters.Device;
    private readonly BlockWalk walk = new(learner.Model, learner.Gradients, config.Train.Recompute, clock);
    private readonly SpikeGuard? spikes =
        config.Train.SpikeZScore > 0 ? new(config.Train.SpikeZScore, config.Train.SpikeWindow) : null;
    private readonly int sequencesPerStep = checked((int)(config.Train.BatchTokens / config.Data.SeqLen));
    private readonly double scale = 1.0 / config.Train.BatchTokens;
    private CheckpointState state = null!;
    private long firstStep;

    /// <summary>Matrix-product speed of the device, FLOP/s; null: steps tell no MFU.</summary>
    public double? PeakFlops { get; init; }

    /// <summary>Steps of the whole run; only a horizon of wall time learns them on the way.</summary>
    private long TotalSteps =>
        config.Train.Horizon.Steps(state.Step == 0 ? cost : cost with { Seconds = state.Seconds / state.Step });

    /// <summary>Trains from <paramref name="start"/> to the end, or to a cancellation.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the state after the last whole step is
    /// saved.</exception>
    /// <exception cref="LinearScalingException">The loss is not finite, a checkpoint cannot be written, memory ran out
    /// or the device failed; what was saved before is intact.</exception>
    public void Run(CheckpointState start, CancellationToken cancellationToken)
    {
        (state, firstStep) = (start, start.Step);
        for (; ; )
        {
            // Save what is due: by the schedule, after the last step, and when cancelled.
            clock?.Enter(Phase.Save);
            var total = TotalSteps;
            var (ended, cancelled) = (state.Step >= total, cancellationToken.IsCancellationRequested);
            if (state.Step > firstStep && (ended || cancelled || config.Checkpoints.IsDue(state.Step, total)))
                checkpointing.Save(state);
            if (checkpointing.Written(wait: ended || cancelled) is { } written)
                log.Saved(written);
            clock?.Enter(Phase.Other);

            // Stop there; a signal that came since is seen in the next round, which saves first.
            if (cancelled)
                cancellationToken.ThrowIfCancellationRequested();
            if (ended)
                break;

            // Take one step; a cancelled one has changed nothing but gradients.
            try
            {
                TrainStep(total, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The loop saves the state after the last whole step.
            }
            catch (Exception e) when (EngineFailure.Explain(e) is { } reason)
            {
                throw TrainingMistakes.EngineFailed(run, state.Step + 1, reason, checkpointing.Newest(), e);
            }
        }
    }

    private void TrainStep(long totalSteps, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var began = Stopwatch.GetTimestamp();

        // Gradients of the whole batch, micro-batch by micro-batch.
        var lr =
            config.Train.Optimizer.PeakLr
            * config.Train.LrSchedule.Factor(state.Step, totalSteps, config.Train.BatchTokens);
        var (loss, waited) = Gradients(lr, cancellationToken);

        // Refuse what is not finite, skip spikes, clip, update.
        clock?.Enter(Phase.Optimizer);
        var gradNorm = gradients.Norm();
        if (!config.Train.OptimizerInBackward)
            RefuseNonFinite(loss, gradNorm, lr);
        var skipped = IsSpike(loss, gradNorm);
        if (!skipped && !config.Train.OptimizerInBackward)
            optimizer.Step(
                gradients,
                lr,
                Updates + 1,
                config.Train.MaxGradNorm > 0 ? Math.Max(1, gradNorm / config.Train.MaxGradNorm) : 1
            );
        clock?.Enter(Phase.Other);

        // Advance the state: from here on the step is done.
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var tokensPerSecond = config.Train.BatchTokens / seconds;
        state = state with
        {
            Step = state.Step + 1,
            Tokens = state.Tokens + config.Train.BatchTokens,
            Sequence = state.Sequence + sequencesPerStep,
            Flops = (state.Tokens + config.Train.BatchTokens) * cost.FlopsPerToken,
            Seconds = state.Seconds + seconds,
            Skipped = state.Skipped + (skipped ? 1 : 0),
            RecentLosses = spikes?.Add(state.RecentLosses ?? [], loss),
            RecentNorms = spikes?.Add(state.RecentNorms ?? [], gradNorm),
        };

        // Log it.
        var record = new StepRecord(
            state.Step,
            state.Tokens,
            state.Flops,
            loss,
            lr,
            gradNorm,
            tokensPerSecond,
            PeakFlops is { } peak ? tokensPerSecond * cost.FlopsPerToken / peak : null,
            ComputeDevice.UsedMemory(device),
            waited.TotalSeconds,
            state.Seconds,
            skipped
        );
        if (state.Step % config.Train.LogEvery == 0 || state.Step == totalSteps || skipped)
            run.AppendMetrics(record);
        log.Step(record);
    }

    /// <summary>Updates applied so far.</summary>
    private long Updates => state.Step - state.Skipped;

    /// <summary>Forward and backward of the whole step, and with <c>optimizer_in_backward</c> its updates.</summary>
    /// <returns>The mean loss, and how long the data were waited for.</returns>
    private (double Loss, TimeSpan Waited) Gradients(double lr, CancellationToken cancellationToken)
    {
        var inBackward = config.Train.OptimizerInBackward;
        var microBatches = config.MicroBatches;
        var waited = TimeSpan.Zero;
        var lossSum = zeros([], ScalarType.Float64, device: device);
        gradients.Zero();
        for (var micro = 0; micro < microBatches; micro++)
        {
            using var microScope = NewDisposeScope();
            clock?.Enter(Phase.Data);
            var reading = Stopwatch.GetTimestamp();
            var (ids, targets, segments) = batches.Read(state.Sequence + (long)micro * config.Train.MicroBatch);
            waited += Stopwatch.GetElapsedTime(reading);
            walk.ForwardBackward(
                ids,
                targets,
                scale,
                LossKnown,
                segments,
                blockDone: micro == microBatches - 1 ? BlockDone : null,
                cancellationToken: inBackward ? default : cancellationToken
            );
            log.MicroBatch(state.Step, micro + 1, microBatches);

            void LossKnown(Tensor sum)
            {
                lossSum.add_(sum);
                if (device.type == DeviceType.CPU) // elsewhere reading it would wait for the device
                    log.Loss(state.Step, micro, sum.item<double>() / ids.numel());
                if (inBackward)
                    RefuseNonFinite(sum.item<double>() * scale, 0, lr);
            }
        }
        return (lossSum.item<double>() * scale, waited);

        void BlockDone(int block)
        {
            clock?.Enter(Phase.Optimizer);
            gradients.Measure(block);
            if (!inBackward)
                return;
            if (!double.IsFinite(gradients.Norm()))
                throw TrainingMistakes.GradientNotFinite(run, state.Step + 1, block, checkpointing.Newest());
            optimizer.Step(block, gradients, lr, Updates + 1);
            if (block >= 0)
                gradients.Free(block);
        }
    }

    private bool IsSpike(double loss, double gradNorm)
    {
        if (
            spikes is null
            || !(spikes.IsSpike(loss, state.RecentLosses ?? []) || spikes.IsSpike(gradNorm, state.RecentNorms ?? []))
        )
            return false;
        log.Warning(
            $"step {state.Step + 1}: loss {loss:F4}, gradient norm {gradNorm:G4}: more than {spikes.ZScore} "
                + $"standard deviations above the last {state.RecentLosses!.Count} steps; update skipped, the "
                + $"{state.Skipped + 1}. of this run"
        );
        return true;
    }

    /// <summary>Where loss or gradient norm is not finite, stops before the update, saves the state before it and
    /// writes what reproduces it.</summary>
    private void RefuseNonFinite(double loss, double gradNorm, double lr)
    {
        if (double.IsFinite(loss) && double.IsFinite(gradNorm))
            return;

        // Save the state before the step, where it is sound.
        if (state.Step > firstStep && optimizer.MastersAreFinite())
            checkpointing.Save(state);
        checkpointing.Written(wait: true);

        // Write the batch that led here.
        var checkpoint = run.Checkpoints().LastOrDefault(c => c.Step == state.Step)?.Name;
        StoppedBatch.Write(
            run,
            batches,
            sequencesPerStep,
            new StoppedStep(
                state.Step + 1,
                state.Sequence,
                loss,
                gradNorm,
                lr,
                config.Seed,
                state.ConfigHash,
                checkpoint,
                Versions.Program
            )
        );
        throw TrainingMistakes.NotFinite(run, state.Step + 1, loss, gradNorm, checkpointing.Newest());
    }
}
