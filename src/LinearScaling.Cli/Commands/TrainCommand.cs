using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Commands.Data;
using LinearScaling.Cli.Processes;
using LinearScaling.Cli.Progress;
using LinearScaling.Configuration;
using LinearScaling.Runs;
using LinearScaling.Schedules;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Training;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create()
    {
        var arch = CliOptions.Architecture();
        var size = CliOptions.Size();
        var config = CliOptions.Config();
        var set = CliOptions.Set();
        var data = new Option<string[]>("--data")
        {
            Description =
                "Token shards or text to train on, the sample corpus without it; given again, corpora are mixed by "
                + "weight (1).",
            HelpName = "path[=weight]",
            DefaultValueFactory = _ => [],
        };
        var changedData = new Option<bool>("--accept-changed-data")
        {
            Description = "Go on although the data is no longer what the run began with.",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The run's directory; runs/ARCH-SIZE without it. A run that is there goes on.",
            HelpName = "dir",
        };
        var device = CliOptions.Device();
        var devices = CliOptions.PositiveInt(
            "--devices",
            "Train with a process on each of so many GPUs of this machine, or with so many on its CPUs."
        );
        var threads = CliOptions.PositiveInt("--threads", "CPU threads a process; one a core without it.");
        var steps = CliOptions.PositiveNumber("--steps", "Train for this many optimizer steps.");
        var tokens = CliOptions.PositiveNumber("--tokens", "Train on this many tokens.");
        var flops = CliOptions.PositiveNumber("--flops", "Train with this much compute, in FLOPs (exact convention).");
        var tensorBoard = new Option<bool>("--tensorboard")
        {
            Description = "Write TensorBoard event files beside metrics.jsonl.",
        };
        var profile = new Option<bool>("--profile")
        {
            Description = "Print where the time of a step goes, and write it to profile.json.",
        };
        var verify = new Option<bool>("--verify-resume")
        {
            Description =
                "Train nothing; prove on a few steps (--steps, or 4) that stopping and going on changes no bit.",
        };
        var logFile = CliOptions.LogFile();

        var command = new Command("train", "Train a model from scratch, or go on from its last checkpoint.")
        {
            arch,
            size,
            config,
            set,
            data,
            changedData,
            output,
            device,
            devices,
            threads,
            steps,
            tokens,
            flops,
            tensorBoard,
            profile,
            verify,
            logFile,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var horizons = new[]
                {
                    ("steps", parse.GetValue(steps)),
                    ("tokens", parse.GetValue(tokens)),
                    ("flops", parse.GetValue(flops)),
                }
                    .Where(h => h.Item2 is not null)
                    .ToList();
                if (horizons.Count > 1)
                    throw CommandMistakes.TwoHorizons(horizons[0].Item1, horizons[1].Item1);

                var flags = horizons
                    .Select(h =>
                        (
                            $"--{h.Item1}",
                            "train.horizon",
                            $"{{name: {h.Item1}, count: "
                                + $"{h.Item2!.Value.ToString("0.################", CultureInfo.InvariantCulture)}}}"
                        )
                    )
                    .ToList();
                flags.AddRange(DataFlags.Read(parse.GetRequiredValue(data)));
                var place = RankPlace.Find(Environment.GetEnvironmentVariable);
                var console = parse.InvocationConfiguration;
                if (parse.GetValue(devices) is { } count)
                {
                    if (place.Size > 1)
                        throw CommandMistakes.StartedTwice(place);
                    if (count > 1)
                        return DeviceLaunch.Run(
                            CliOptions.Without(parse, devices),
                            count,
                            parse.GetValue(device)!,
                            console.Error,
                            cancellationToken
                        );
                }
                RunChoice Choose() =>
                    RunChoice.Make(
                        parse.GetValue(arch),
                        parse.GetValue(size),
                        parse.GetValue(config),
                        flags,
                        parse.GetValue(set) ?? []
                    );
                var alone = place.Size == 1 ? Choose() : null; // before libtorch is loaded
                var compute = RankSession.Device(place, parse.GetValue(device)!, parse.GetValue(threads));
                using var display = ProgressDisplay.ForRank(place.Rank, console.Error, parse.GetValue(logFile));
                return RankSession.Run(
                    place,
                    compute,
                    console.Error,
                    ranks =>
                    {
                        var choice = alone ?? ranks.Agree(Choose, compute.Device, "the configuration");
                        return parse.GetValue(verify)
                            ? ResumeProof.Run(
                                choice with
                                {
                                    Config = Shortened(choice.Config, (long)(parse.GetValue(steps) ?? 4)),
                                },
                                compute,
                                ranks,
                                display,
                                console.Output,
                                cancellationToken
                            )
                            : Train(
                                choice,
                                parse.GetValue(output) ?? Path.Combine("runs", choice.Name),
                                parse.GetValue(changedData),
                                compute,
                                ranks,
                                new Extras(parse.GetValue(tensorBoard), parse.GetValue(profile)),
                                display,
                                console.Output,
                                cancellationToken
                            );
                    }
                );
            }
        );
        return command;
    }

    /// <summary>What a run writes besides what every run writes.</summary>
    private sealed record Extras(bool TensorBoard, bool Profile);

    private static int Train(
        RunChoice choice,
        string directory,
        bool acceptChangedData,
        ComputeDevice compute,
        ICollectives ranks,
        Extras extras,
        ProgressDisplay display,
        TextWriter output,
        CancellationToken cancellationToken
    )
    {
        var run = TrainingRun.Open(
            choice.Config,
            choice.Architecture,
            choice.Size,
            directory,
            compute,
            ranks,
            acceptChangedData,
            message => display.Log.Information("{Message}", message),
            cancellationToken
        );
        display.Log.Information("{Configuration}", ConfigWriter.Write(choice.Config).TrimEnd());
        display.Log.Information("{Plan}", PlanText.Format(run.Plan, compute));
        if (ranks.Size > 1)
            display.Log.Information("  ranks    {Count} processes, joined by {Transport}", ranks.Size, ranks.Transport);
        var files = new RunDirectory(directory);
        using (var console = new ConsoleRunLog(run.Plan, files.Name, run.MicroBatches, display))
        {
            using var tensorBoard = extras.TensorBoard && ranks.Rank == 0 ? new TensorBoardLog(console, files) : null;
            using (
                var profile =
                    extras.Profile && ranks.Rank == 0
                        ? new ProfilingLog((IRunLog?)tensorBoard ?? console, files, compute.Device)
                        : null
            )
                run.Train((IRunLog?)profile ?? (IRunLog?)tensorBoard ?? console, cancellationToken, profile?.Clock);
            if (extras.Profile && files.HasProfile)
                output.WriteLine(ProfileText.Format(files.ReadProfile()));
            output.WriteLine(console.Summary(directory));
        }
        return 0;
    }

    private static RunConfig Shortened(RunConfig config, long steps) =>
        config with
        {
            Train = config.Train with { Horizon = new StepsHorizon(Math.Max(2, steps)), LogEvery = 1 },
        };
}
