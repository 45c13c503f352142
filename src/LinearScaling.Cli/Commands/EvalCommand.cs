using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Processes;
using LinearScaling.Cli.Progress;
using LinearScaling.Cli.Reports;
using LinearScaling.Evaluation;
using LinearScaling.Runs;
using LinearScaling.Sweeps;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Evaluation;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs eval</c>: every chosen task on every checkpoint below a directory.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var checkpoints = new Option<string>("--checkpoints", "-c")
        {
            Description = "A directory of runs, a run, or a checkpoint.",
            HelpName = "dir",
            DefaultValueFactory = _ => "runs",
        };
        var tasks = new Option<string>("--tasks", "-t")
        {
            Description = "Tasks and groups, separated by commas; lcs list tasks names them.",
            HelpName = "a,b",
            DefaultValueFactory = _ => "val_loss",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "A value of a task, as needle_easy.max_length=4000; repeatable.",
            HelpName = "task.key=value",
            DefaultValueFactory = _ => [],
        };
        var data = new Option<string?>("--data")
        {
            Description = "Token shards or text whose held-out part gives val_loss; each run's own by default.",
            HelpName = "path",
        };
        var taskData = new Option<string>("--task-data")
        {
            Description = "The tasks' documents; what is missing is named.",
            HelpName = "dir",
            DefaultValueFactory = _ => "task-data",
        };
        var limit = CliOptions.PositiveInt("--limit", "Only the first n items of every task.");
        var fewshot = CliOptions.PositiveInt(
            "--num-fewshot",
            "Solved examples before every question; none by default."
        );
        var fewshotSeed = CliOptions.PositiveInt("--fewshot-seed", "Seeds the choice of examples (1234).");
        var mutualInfo = new Option<bool>("--mutual-info")
        {
            Description = "Also score choices without their question, for acc_mutual_info.",
        };
        var compat = new Option<bool>("--compat")
        {
            Description = "Prompts as lm-evaluation-harness had them in 2021, where today's differ.",
        };
        var device = CliOptions.Device();
        var threads = CliOptions.PositiveInt("--threads", "CPU threads; one a core without it.");
        var batchTokens = CliOptions.PositiveInt(
            "--batch-tokens",
            "Tokens that go through the model at once (8192). Scores do not depend on it."
        );
        var samples = new Option<bool>("--samples")
        {
            Description = "Keep every item's requests, answers and scores in RUN/samples/.",
        };
        var watch = new Option<bool>("--watch")
        {
            Description = "Go on as training writes more checkpoints, until interrupted.",
        };
        var compare = new Option<string[]>("--compare")
        {
            Description = "Two checkpoints, or runs by their last one: the paired difference on the same items.",
            HelpName = "A B",
            Arity = new(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var json = CliOptions.Json();
        var command = new Command(
            "eval",
            "Evaluate every checkpoint below a directory; what is done is not done again."
        )
        {
            checkpoints,
            tasks,
            set,
            data,
            taskData,
            limit,
            fewshot,
            fewshotSeed,
            mutualInfo,
            compat,
            device,
            threads,
            batchTokens,
            samples,
            watch,
            compare,
            json,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var options = new EvalOptions
                {
                    Limit = parse.GetValue(limit),
                    TaskData = parse.GetRequiredValue(taskData),
                    NumFewshot = parse.GetValue(fewshot) ?? 0,
                    FewshotSeed = parse.GetValue(fewshotSeed) ?? 1234,
                    MutualInfo = parse.GetValue(mutualInfo),
                    Compat = parse.GetValue(compat),
                };
                var list = parse.GetRequiredValue(tasks);
                var chosen = TaskList.Parse(list, parse.GetValue(set));
                var groups = TaskList.GroupsIn(list);
                var place = RankPlace.Find(Environment.GetEnvironmentVariable);
                using var display = ProgressDisplay.ForRank(place.Rank, parse.InvocationConfiguration.Error);
                using var log = new SweepProgress(display);
                var pair = parse.GetValue(compare);
                var root = parse.GetRequiredValue(checkpoints);
                var watching = parse.GetValue(watch);
                var found = pair is [var a, var b]
                    ? [Last(a), Last(b)]
                    : CheckpointDirectory.Find(root, orNone: watching);
                var source = new CheckpointSource(
                    new(
                        parse.GetValue(data),
                        options,
                        message => display.Log.Information("{Message}", message),
                        cancellationToken
                    ),
                    RankSession.Device(place, parse.GetValue(device)!, parse.GetValue(threads)).Device,
                    parse.GetValue(batchTokens) ?? 8192
                );
                var keepSamples = parse.GetValue(samples) || pair is { Length: 2 };
                var ledger = new EvalLedger(chosen, source, groups, keepSamples);
                var sweep = new EvaluationSweep(ledger, source, log);
                sweep.Run(found, cancellationToken);
                while (watching)
                {
                    cancellationToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(5));
                    cancellationToken.ThrowIfCancellationRequested();
                    found = CheckpointDirectory.Find(root, orNone: true);
                    if (found.Where(sweep.IsReadable).ToList().Exists(c => ledger.Missing(c).Count > 0))
                        sweep.Run(found, cancellationToken);
                }
                var output = parse.InvocationConfiguration.Output;
                var readable = found.Where(sweep.IsReadable).ToList();
                if (pair is { Length: 2 } && sweep.Damaged == 0)
                    output.Write(Differences(found, chosen));
                else
                    ResultTable.Write(output, readable, chosen, groups, options, ledger.Results, parse.GetValue(json));
                foreach (var path in NeedlePlots.Write(readable, chosen))
                    display.Log.Information("{Path}", path);
                if (sweep.Damaged > 0)
                    throw CommandMistakes.NotAllEvaluated(sweep.Damaged, found.Count);
                return Task.FromResult(0);
            }
        );
        return command;
    }

    private static CheckpointDirectory Last(string path) => CheckpointDirectory.Find(path)[^1];

    private static TextTable Differences(IReadOnlyList<CheckpointDirectory> pair, IReadOnlyList<EvalTask> tasks)
    {
        var table = new TextTable(
            "metric",
            SweepProgress.Title(pair[0]),
            SweepProgress.Title(pair[1]),
            "difference",
            "stderr",
            "95 % interval",
            "items",
            "documents"
        );
        foreach (var (task, metric, result) in CheckpointComparison.Compare(pair[0], pair[1], tasks))
            table.Add(
                task == metric ? metric : $"{task} {metric}",
                Numbers.Short(result.A),
                Numbers.Short(result.B),
                Numbers.Short(result.Difference),
                result.Stderr is { } stderr ? Numbers.Short(stderr) : "-",
                result.Interval is var (low, high) ? $"[{Numbers.Short(low)}, {Numbers.Short(high)}]" : "-",
                $"{result.Items}",
                $"{result.Documents}"
            );
        return table;
    }
}
