using System.CommandLine;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Torch.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs eval</c>: every chosen task on every checkpoint below a directory.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var checkpoints = new Option<string>("--checkpoints", "-c") { Description = "A directory of runs, a run, or a checkpoint.", HelpName = "dir", DefaultValueFactory = _ => "runs" };
        var tasks = new Option<string>("--tasks", "-t") { Description = "Tasks and groups, separated by commas.", HelpName = "a,b", DefaultValueFactory = _ => "val_loss" };
        var data = new Option<string?>("--data") { Description = "Token shards or text whose held-out part gives val_loss; each run's own by default.", HelpName = "path" };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:0.", DefaultValueFactory = _ => "auto" };
        var limit = CliOptions.PositiveInt("--limit", "Only the first n items of every task.");
        var batchTokens = CliOptions.PositiveInt("--batch-tokens", "Tokens that go through the model at once (8192). Scores do not depend on it.");
        var set = new Option<string[]>("--set") { Description = "A value of a task, as needle_easy.max_length=4000; repeatable.", HelpName = "task.key=value", DefaultValueFactory = _ => [] };
        var samples = new Option<bool>("--samples") { Description = "Keep every item's requests, answers and scores in RUN/samples/." };
        var watch = new Option<bool>("--watch") { Description = "Go on as training writes more checkpoints, until interrupted." };
        var command = new Command("eval", "Evaluate every checkpoint below a directory; what is done is not done again.") { checkpoints, tasks, data, device, limit, set, batchTokens, samples, watch };
        command.SetAction((parse, cancellationToken) =>
        {
            var error = parse.InvocationConfiguration.Error;
            var chosen = TaskList.Parse(parse.GetRequiredValue(tasks), parse.GetValue(set));
            var settings = new EvalOptions { Limit = parse.GetValue(limit) };
            var source = new CheckpointSource(parse.GetValue(data), settings, TorchDevice(parse.GetRequiredValue(device)), parse.GetValue(batchTokens) ?? 8192, error.WriteLine, cancellationToken);
            var root = parse.GetRequiredValue(checkpoints);
            var log = new SweepProgress(error);
            var sweep = new EvaluationSweep(chosen, source, log, parse.GetValue(samples));
            var found = CheckpointDirectory.Find(root);
            sweep.Run(found, cancellationToken);
            while (parse.GetValue(watch))
            {
                cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(5));
                cancellationToken.ThrowIfCancellationRequested();
                found = CheckpointDirectory.Find(root);
                if (found.Any(c => sweep.Pending(c).Count > 0))
                    sweep.Run(found, cancellationToken);
            }
            ResultTable.Write(parse.InvocationConfiguration.Output, found, chosen, settings, source);
            if (sweep.Damaged > 0)
                throw new LinearScalingException($"{sweep.Damaged} of {found.Count} checkpoints could not be evaluated (named above); the results of the others are kept");
            return Task.FromResult(0);
        });
        return command;
    }

    private static Device TorchDevice(string name) => name == "auto" ? cuda.is_available() ? CUDA : CPU : torch.device(name);
}
