using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.Progress;
using LinearScaling.Configuration;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create()
    {
        var arch = CliOptions.Architecture();
        var size = CliOptions.Size();
        var config = CliOptions.Config();
        var set = CliOptions.Set();
        var data = new Option<string[]>("--data") { Description = "Token shards or text to train on, the sample corpus without it; given again, corpora are mixed by weight (1).", HelpName = "path[=weight]", DefaultValueFactory = _ => [] };
        var changedData = new Option<bool>("--accept-changed-data") { Description = "Go on although the data is no longer what the run began with." };
        var output = new Option<string?>("--output", "-o") { Description = "The run's directory; runs/ARCH-SIZE without it. A run that is there goes on.", HelpName = "dir" };
        var device = CliOptions.Device();
        var threads = CliOptions.PositiveInt("--threads", "CPU threads; one a core without it.");
        var steps = CliOptions.PositiveNumber("--steps", "Train for this many optimizer steps.");
        var tokens = CliOptions.PositiveNumber("--tokens", "Train on this many tokens.");
        var flops = CliOptions.PositiveNumber("--flops", "Train with this much compute, in FLOPs (exact convention).");
        var logFile = CliOptions.LogFile();

        var command = new Command("train", "Train a model from scratch, or go on from its last checkpoint.") { arch, size, config, set, data, changedData, output, device, threads, steps, tokens, flops, logFile };
        command.SetAction((parse, cancellationToken) =>
        {
            var horizons = new[] { ("steps", parse.GetValue(steps)), ("tokens", parse.GetValue(tokens)), ("flops", parse.GetValue(flops)) }.Where(h => h.Item2 is not null).ToList();
            if (horizons.Count > 1)
                throw new LinearScalingException($"--{horizons[0].Item1} and --{horizons[1].Item1}: a run has one horizon; give one of them");

            var flags = horizons.Select(h => ($"--{h.Item1}", "train.horizon", $"{{name: {h.Item1}, count: {h.Item2!.Value.ToString("0.################", CultureInfo.InvariantCulture)}}}")).ToList();
            flags.AddRange(DataFlags.Of(parse.GetRequiredValue(data)));
            var choice = RunChoice.Make(parse.GetValue(arch), parse.GetValue(size), parse.GetValue(config), flags, parse.GetValue(set) ?? []);
            var directory = parse.GetValue(output) ?? Path.Combine("runs", choice.Name);
            return Train(choice, directory, parse.GetValue(changedData), ComputeDevice.Open(parse.GetValue(device)!, parse.GetValue(threads) ?? 0), parse.GetValue(logFile), parse.InvocationConfiguration, cancellationToken);
        });
        return command;
    }

    private static int Train(RunChoice choice, string directory, bool acceptChangedData, ComputeDevice compute, string? logFile, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        using var display = ProgressDisplay.For(console.Error, logFile);
        var run = TrainingRun.Open(choice.Config, choice.Architecture, choice.Size, directory, compute, acceptChangedData, message => display.Log.Information("{Message}", message), cancellationToken);
        display.Log.Information("{Configuration}", ConfigWriter.Write(choice.Config).TrimEnd());
        display.Log.Information("{Plan}", PlanText.Of(run.Plan, compute));
        var log = new ConsoleRunLog(run.Plan, Path.GetFileName(Path.TrimEndingDirectorySeparator(directory)), choice.Config.MicroBatches, display);
        using (log)
            run.Train(log, cancellationToken);
        console.Output.WriteLine(log.Summary(directory));
        return 0;
    }
}
