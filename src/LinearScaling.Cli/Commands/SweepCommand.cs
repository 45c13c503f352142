using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Progress;
using LinearScaling.Cli.Studies;
using LinearScaling.Cli.Studies.Clusters;
using LinearScaling.Files;
using Serilog.Core;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs sweep</c>: a study file's runs, their evaluations and fits, as one command that can be stopped and
/// goes on.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("study")
        {
            Description = "A study file, as configs/studies/quickstart.yaml.",
            HelpName = "file",
        };
        var only = new Option<string[]>("--only")
        {
            Description =
                "Only the runs with this value on an axis of the study, as arch=tnl or size=nano-1m,nano-3m; may be "
                + "given again.",
            HelpName = "axis=value",
            DefaultValueFactory = _ => [],
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the runs and what they cost; start nothing." };
        var set = new Option<string[]>("--set")
        {
            Description = "One key of the study file; may be given again.",
            HelpName = "section.key=value",
            DefaultValueFactory = _ => [],
        };
        var data = new Option<string?>("--data")
        {
            Description = "Token shards or text for all runs, over what the study says.",
            HelpName = "path",
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description =
                "The study's directory; runs/STUDY without it. Runs that are there go on, and what is done is not "
                + "done again.",
            HelpName = "dir",
        };
        var device = CliOptions.Device();
        var jobs = CliOptions.PositiveInt(
            "--jobs",
            "Runs at a time, each a process; the study's own number without it."
        );
        var threads = CliOptions.PositiveInt("--threads", "CPU threads a run; the study's own number without it.");
        var logFile = CliOptions.LogFile();

        var command = new Command(
            "sweep",
            "Train, evaluate and fit everything that a study file asks for; goes on where it stopped."
        )
        {
            file,
            only,
            dryRun,
            set,
            data,
            output,
            device,
            jobs,
            threads,
            logFile,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var path = parse.GetRequiredValue(file);
                var study = Study
                    .Open(path, parse.GetRequiredValue(set), parse.GetValue(data))
                    .Only(parse.GetRequiredValue(only));
                var root = parse.GetValue(output) ?? Path.Combine("runs", study.Name);
                if (parse.GetValue(dryRun))
                {
                    var text = parse.InvocationConfiguration.Output;
                    text.WriteLine(StudyPlan.Text(study));
                    if (study.Config.Cluster is { } cluster)
                        text.WriteLine(
                            new SlurmRunner(study, cluster.Slurm, root, parse.GetValue(device)!, Logger.None).Preview()
                        );
                    return 0;
                }
                var count = parse.GetValue(jobs) ?? study.Config.Jobs;
                var share =
                    study.Config.Threads > 0 ? study.Config.Threads : Math.Max(1, Environment.ProcessorCount / count);
                return Sweep(
                    study,
                    root,
                    new(parse.GetValue(device)!, count, parse.GetValue(threads) ?? share),
                    parse.GetValue(logFile),
                    parse.InvocationConfiguration,
                    cancellationToken
                );
            }
        );
        return command;
    }

    private static int Sweep(
        Study study,
        string root,
        Launch launch,
        string? logFile,
        InvocationConfiguration console,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(root);
        using var alone =
            FileLock.TryTake(Path.Combine(root, "sweep.lock"))
            ?? throw new LinearScalingException($"{root}: another lcs sweep is at work here");
        IReadOnlyList<StudyJob> jobs;
        using (var display = ProgressDisplay.For(console.Error, logFile))
            jobs = Run(study, root, launch, display, cancellationToken);
        console.Output.WriteLine(StudyResults.Tabulate(study, jobs));
        var failures = jobs.Where(j => j.Problem is not null)
            .Select(j => $"{j.Run.Path}: {j.Problem} (log: {j.LogFile})")
            .ToList();
        failures.AddRange(Fits(jobs, root, console, cancellationToken));
        if (failures.Count == 0)
            return 0;
        throw CommandMistakes.Failed(failures);
    }

    /// <summary>Takes every run to its end: in processes of this machine, or as jobs of the study's cluster.</summary>
    private static IReadOnlyList<StudyJob> Run(
        Study study,
        string root,
        Launch launch,
        ProgressDisplay display,
        CancellationToken cancellationToken
    )
    {
        if (study.Config.Cluster is { } cluster)
        {
            var submitted = new SlurmRunner(study, cluster.Slurm, root, launch.Device, display.Log);
            display.Log.Information("{Study}: {Runs} runs on Slurm, in {Root}", study.Name, study.Runs.Count, root);
            var watched = new StudyBoard(submitted.Jobs);
            using (display.Watch(watched.Table, watched.Line))
                submitted.Run(cancellationToken);
            return submitted.Jobs;
        }
        var runner = new StudyRunner(study, root, launch, display.Log);
        display.Log.Information(
            "{Study}: {Runs} runs, {Jobs} at a time, {Threads} CPU thread(s) each, in {Root}",
            study.Name,
            study.Runs.Count,
            launch.Jobs,
            launch.Threads,
            root
        );
        var board = new StudyBoard(runner.Jobs);
        using (display.Watch(board.Table, board.Line))
            runner.Run(cancellationToken);
        return runner.Jobs;
    }

    /// <summary>Fits every experiment's laws, as <c>lcs fit</c> would, and says what could not be fitted.</summary>
    private static List<string> Fits(
        IReadOnlyList<StudyJob> jobs,
        string root,
        InvocationConfiguration console,
        CancellationToken cancellationToken
    )
    {
        var failures = new List<string>();
        foreach (var experiment in jobs.Where(j => j.Stage == RunStage.Done).Select(j => j.Run.Experiment).Distinct())
        foreach (var metric in experiment.Fit)
        {
            using var error = new StringWriter();
            var runs = experiment.Name == "" ? root : Path.Combine(root, experiment.Name);
            string[] line = ["fit", "--metric", metric, "--runs", runs];
            var fit = CommandRunner.RunAsync(
                new RootCommand { FitCommand.Create() },
                line,
                console.Output,
                error,
                cancellationToken
            );
            if (fit.GetAwaiter().GetResult() != 0)
                failures.Add($"lcs fit --metric {metric} --runs {runs}: {error.ToString().Trim()}");
            else
                console.Error.Write(error);
        }
        return failures;
    }
}
