using LinearScaling.Runs;
using LinearScaling.Text;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Torch.Training;

/// <summary>What can keep a run from starting, going on or saving, in words a user can act on.</summary>
internal static class TrainingMistakes
{
    public static LinearScalingException VocabularyTooSmall(RunConfig config, Tokenizer tokenizer) =>
        new(
            $"model.vocab_size ({config.Model.VocabSize}) is smaller than the {tokenizer.VocabSize} ids of the data's "
                + $"tokenizer {tokenizer.Name}; set model.vocab_size to {tokenizer.PaddedVocabSize}"
        );

    public static LinearScalingException TooLittleMemory(RunDirectory run, RunPlan plan, ComputeDevice compute) =>
        new(
            $"{run.Name}: training needs about {plan.Memory.Total / 1e9:F1} GB and {plan.AvailableMemory / 1e9:F1} GB "
                + $"are free on {compute.Description}; try a smaller --size, train.micro_batch: 1, train.recompute: "
                + "full, or a machine with more memory"
        );

    public static LinearScalingException TrainedByAnother(RunDirectory run) =>
        new($"{run.FullPath}: another process is training this run");

    public static LinearScalingException NoRunThere(RunDirectory run) =>
        new($"{run.FullPath}: is not empty and holds no run; choose another --output");

    public static LinearScalingException OtherRunThere(RunDirectory run, IReadOnlyList<string> differences) =>
        new(
            $"{run.FullPath}: holds a different run ({string.Join("; ", differences)}); choose another --output, or "
                + "remove it"
        );

    public static LinearScalingException ChangedData(RunDirectory run, RunRecord there, RunRecord now) =>
        new(
            $"{run.FullPath}: the data changed since the run began (fingerprint {there.DataFingerprint}, now "
                + $"{now.DataFingerprint}); a resumed run would not be the same run: restore the data, or go on with "
                + "--accept-changed-data"
        );

    /// <param name="newest">Which checkpoint is whole.</param>
    public static LinearScalingException EngineFailed(
        RunDirectory run,
        long step,
        string reason,
        string newest,
        Exception inner
    ) => new($"{run.FullPath}: step {step}: {reason}; {newest}", inner);

    public static LinearScalingException NotFinite(
        RunDirectory run,
        long step,
        double loss,
        double gradNorm,
        string newest
    ) =>
        new(
            $"{run.FullPath}: step {step}: the loss is {loss} and the gradient norm {gradNorm}; stopped before the "
                + $"update, {newest}; batch and random state are in {run.StoppedFolder(step)}. Try a lower "
                + "train.optimizer.peak_lr or a longer train.lr_schedule.warmup_steps."
        );

    public static LinearScalingException GradientNotFinite(RunDirectory run, long step, int block, string newest) =>
        new(
            $"{run.FullPath}: step {step}: the gradient of block {block} is not finite; with "
                + "train.optimizer_in_backward the blocks above it are updated already, so this state is lost; "
                + newest
        );

    public static LinearScalingException CheckpointNotWritten(
        CheckpointDirectory checkpoint,
        string reason,
        string newest,
        Exception? inner
    ) =>
        new(
            $"{checkpoint.FullPath}: the checkpoint could not be written: {reason}; {newest}. Free space or correct "
                + "the permissions, then run the same command again.",
            inner!
        );

    public static LinearScalingException StretchesDoNotFit(int stretches, int processes) =>
        new(
            $"train.sequence_parallel ({stretches}) must divide the number of processes, {processes}: each sequence is "
                + "shared by as many"
        );

    public static LinearScalingException StretchesTooShort(int stretches, int seqLen) =>
        new($"train.sequence_parallel ({stretches}) is more than the tokens of a sequence, {seqLen}");

    public static LinearScalingException BatchDoesNotDivide(long sequences, int groups, int microBatch) =>
        sequences % groups != 0
            ? new(
                $"train.batch_tokens / data.seq_len ({sequences} sequences) must be a multiple of {groups}, the "
                    + "processes that train on different sequences; set another number of processes, another "
                    + "train.batch_tokens, or train.sequence_parallel, with which processes share sequences"
            )
            : new(
                $"a process's part of a step ({sequences / groups} of {sequences} sequences) must be a multiple of "
                    + $"train.micro_batch ({microBatch}); set train.micro_batch to a divisor of {sequences / groups}"
            );

    public static LinearScalingException AccumulatesInBackward(long microBatches) =>
        new(
            "train.optimizer_in_backward updates a block before the gradients of the others are known: it needs "
                + $"train.micro_batch to hold the whole step of a process, which has {microBatches} micro-batches"
        );
}
