using System.Diagnostics;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Sequences;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training.Checkpoints;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>The training loop: <see cref="Run"/> reads top to bottom, and nothing else changes the model. Where several
/// processes train, all run this loop and decide alike, since all decide by the same numbers.</summary>
/// <param name="sequences">The run's, of all processes.</param>
/// <param name="batches">This process's.</param>
/// <param name="share">This process's part of every step.</param>
public sealed class Trainer(
    RunConfig config,
    RunDirectory run,
    Learner learner,
    ISequenceSource sequences,
    Batches batches,
    Checkpointing checkpointing,
    StepCost cost,
    WorkShare share,
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
    private readonly int microBatch = share.MicroBatch(config);
    private readonly int microBatches = share.MicroBatches(config);
    private CheckpointState state = null!;
    private long firstStep;

    /// <summary>Matrix-product speed of all devices, FLOP/s; null: steps tell no MFU.</summary>
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
        using var stop = new JointStop(share.World, device, cancellationToken);
        for (; ; )
        {
            share.World.Settings.Step = state.Step + 1;

            // Save what is due: by the schedule, after the last step, and when cancelled.
            clock?.Enter(Phase.Save);
            var total = TotalSteps;
            var (ended, cancelled) = (state.Step >= total, stop.IsCancelled());
            if (state.Step > firstStep && (ended || cancelled || config.Checkpoints.IsDue(state.Step, total)))
                checkpointing.Save(state);
            if (checkpointing.Written(wait: ended || cancelled) is { } written)
                log.Saved(written);
            clock?.Enter(Phase.Other);

            // Stop there; a signal that came since is seen in the next round, which saves first.
            if (cancelled)
                stop.Token.ThrowIfCancellationRequested();
            if (ended)
            {
                if (share.IsRoot)
                    run.RemoveStops(config.Checkpoints, total);
                break;
            }

            // Take one step; a cancelled one has changed nothing but gradients.
            try
            {
                TrainStep(total, stop);
            }
            catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
            {
                // The loop saves the state after the last whole step.
            }
            catch (Exception e) when (EngineFailure.Explain(e) is { } reason)
            {
                throw TrainingMistakes.EngineFailed(run, state.Step + 1, reason, checkpointing.Newest(), e);
            }
        }
    }

    private void TrainStep(long totalSteps, JointStop stop)
    {
        using var scope = NewDisposeScope();
        var (began, spentBefore) = (Stopwatch.GetTimestamp(), share.Spent);

        // Gradients of the whole batch, micro-batch by micro-batch.
        var lr =
            config.Train.Optimizer.PeakLr
            * config.Train.LrSchedule.Factor(state.Step, totalSteps, config.Train.BatchTokens);
        var (lossHere, waited) = Gradients(lr, stop);
        var busy = Stopwatch.GetElapsedTime(began) - (share.Spent - spentBefore);
        var reports = RankReport.Exchange(share.World, device, lossHere, busy);
        var loss = reports.Sum(r => r.Loss);

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
        var seconds = share.OfRoot(Stopwatch.GetElapsedTime(began).TotalSeconds, device);
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
        if (!share.IsRoot)
            return;
        record = RankReport.Complete(record, reports, share.Spent - spentBefore);
        if (state.Step % config.Train.LogEvery == 0 || state.Step == totalSteps || skipped)
            run.AppendMetrics(record);
        log.Step(record);
    }

    /// <summary>Updates applied so far.</summary>
    private long Updates => state.Step - state.Skipped;

    /// <summary>Forward and backward of the whole step, and with <c>optimizer_in_backward</c> its updates.</summary>
    /// <returns>This rank's part of the mean loss, and how long its data were waited for.</returns>
    private (double Loss, TimeSpan Waited) Gradients(double lr, JointStop stop)
    {
        var inBackward = config.Train.OptimizerInBackward;
        var first = state.Sequence / share.Groups;
        var waited = TimeSpan.Zero;
        var lossSum = zeros([], ScalarType.Float64, device: device);
        gradients.Zero();
        for (var micro = 0; micro < microBatches; micro++)
        {
            using var microScope = NewDisposeScope();
            if (micro > 0 && stop.IsCancelled())
                stop.Token.ThrowIfCancellationRequested();
            clock?.Enter(Phase.Data);
            var reading = Stopwatch.GetTimestamp();
            var (ids, targets, segments) = batches.Read(first + (long)micro * microBatch);
            waited += Stopwatch.GetElapsedTime(reading);
            walk.ForwardBackward(
                ids,
                targets,
                scale,
                LossKnown,
                segments,
                blockDone: micro == microBatches - 1 ? BlockDone : null,
                cancellationToken: inBackward ? default : stop.Token
            );
            log.MicroBatch(state.Step, micro + 1, microBatches);

            void LossKnown(Tensor sum)
            {
                lossSum.add_(sum);
                if (device.type == DeviceType.CPU) // elsewhere reading it would wait for the device
                    log.Loss(state.Step, micro, sum.item<double>() / ids.numel());
                if (inBackward)
                    RefuseNonFinite(share.Total(sum.item<double>() * scale, device), 0, lr);
            }
        }
        if (!inBackward)
        {
            clock?.Enter(Phase.Communication);
            share.World.Wait();
            clock?.Enter(Phase.Optimizer);
            for (var block = learner.Model.Config.NumLayers - 1; block >= -1; block--)
                gradients.Measure(block);
        }
        return (lossSum.item<double>() * scale, waited);

        void BlockDone(int block)
        {
            clock?.Enter(Phase.Communication);
            gradients.Reduce(block);
            if (!inBackward)
                return;
            share.World.Wait();
            clock?.Enter(Phase.Optimizer);
            gradients.Measure(block);
            if (!double.IsFinite(gradients.Norm()))
                throw share.Agreed(
                    TrainingMistakes.GradientNotFinite(run, state.Step + 1, block, checkpointing.Newest())
                );
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
        if (!share.IsRoot)
            return true;
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
        if (share.IsRoot)
            StoppedBatch.Write(
                run,
                sequences,
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
        throw share.Agreed(TrainingMistakes.NotFinite(run, state.Step + 1, loss, gradNorm, checkpointing.Newest()));
    }
}
