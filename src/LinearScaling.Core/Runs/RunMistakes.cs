namespace LinearScaling.Runs;

/// <summary>What can be wrong with runs and checkpoints on the disk, in words a user can act on.</summary>
internal static class RunMistakes
{
    public static LinearScalingException NoDirectory(string root) =>
        new($"{root}: no such directory; lcs train writes runs to runs/ unless --output says otherwise");

    public static LinearScalingException NoRun(string root) =>
        new(
            $"{root}: holds no run (no run.json at or below it); train one with: lcs train --arch tnl --size nano-100k "
                + $"--output {Path.Combine(root, "tnl-nano-100k")}"
        );

    public static LinearScalingException NoCheckpoint(string root) =>
        new($"{root}: holds no checkpoint at or below it; lcs train writes them to RUN/checkpoints/step-...");

    /// <param name="example">A checkpoint below the path.</param>
    public static LinearScalingException NotACheckpoint(string path, CheckpointDirectory example) =>
        new($"{path}: holds checkpoints but is none; name one of them, as {example.FullPath}");

    public static LinearScalingException Disappeared(RunDirectory run) =>
        new(
            $"{run.RunFile}: is gone: somebody removed or moved the run's directory while it was trained; nothing more "
                + $"is written there"
        );

    public static LinearScalingException OtherSeal(string file) =>
        new($"{file}: was changed after it was written; the checkpoint is damaged");

    public static LinearScalingException OtherStep(CheckpointDirectory checkpoint, CheckpointState state) =>
        new($"{checkpoint.FullPath}: holds step {state.Step}, not the one of its name; it was renamed or replaced");

    public static LinearScalingException OtherRun(CheckpointDirectory checkpoint, RunDirectory run) =>
        new(
            $"{checkpoint.FullPath}: was trained with another configuration than {run.ConfigFile}; it is another run's"
        );

    public static LinearScalingException MissingFile(string file) =>
        new($"{file}: missing, though complete.json lists it; the checkpoint is damaged");

    public static LinearScalingException OtherLength(string file, long length, FileSeal expected) =>
        new($"{file}: {length} bytes where complete.json says {expected.Bytes}; the checkpoint is damaged");

    public static LinearScalingException OtherChecksum(string file, string found, FileSeal expected) =>
        new($"{file}: checksum {found} where complete.json says {expected.Xxh128}; the checkpoint is damaged");
}
