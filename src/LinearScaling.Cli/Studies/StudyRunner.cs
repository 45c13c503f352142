using System.Collections.Concurrent;
using System.Globalization;
using LinearScaling.Cli.Processes;
using LinearScaling.Files;
using Serilog;

namespace LinearScaling.Cli.Studies;

/// <summary>Where a study's processes run.</summary>
/// <param name="Jobs">Processes at a time.</param>
/// <param name="Threads">CPU threads of each.</param>
internal sealed record Launch(string Device, int Jobs, int Threads);

/// <summary>Trains and evaluates a study's runs, each in processes of its own, several at a time, the costliest
/// first.</summary>
internal sealed class StudyRunner
{
    private const int UsersMistake = 2;

    private readonly Study study;
    private readonly Launch launch;
    private readonly ILogger log;
    private readonly StudyCommands commands;

    /// <param name="root">The study's directory.</param>
    /// <exception cref="LinearScalingException">A run's directory holds a different run.</exception>
    public StudyRunner(Study study, string root, Launch launch, ILogger log)
    {
        (this.study, this.launch, this.log) = (study, launch, log);
        commands = new(study, launch.Device, launch.Threads.ToString(CultureInfo.InvariantCulture));
        Jobs = StudyJob.All(study, root);
    }

    public IReadOnlyList<StudyJob> Jobs { get; }

    /// <summary>Returns when every run is done or has failed.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; every process has saved and ended.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        var queue = new ConcurrentQueue<StudyJob>(Jobs.OrderByDescending(j => j.Run.ExactFlops));
        var workers = Enumerable
            .Range(0, launch.Jobs)
            .Select(_ =>
                Task.Factory.StartNew(
                    () =>
                    {
                        while (!cancellationToken.IsCancellationRequested && queue.TryDequeue(out var job))
                            RunToEnd(job, cancellationToken);
                    },
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            )
            .ToArray();
        Task.WaitAll(workers, CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Takes one run from where it is to its end.</summary>
    private void RunToEnd(StudyJob job, CancellationToken cancellationToken)
    {
        try
        {
            if (!job.IsTrained)
            {
                job.Stage = RunStage.Training;
                job.Prepare();
                job.AwaitOrphan(
                    () => log.Information("{Run}: waiting for an earlier process that is saving it", job.Run.Path),
                    cancellationToken
                );
                if (!Try(job, "training", commands.Train(job), cancellationToken))
                    return;
                log.Information("{Run}: trained", job.Run.Path);
            }
            if (!job.IsEvaluated(study, cancellationToken))
            {
                job.Stage = RunStage.Evaluating;
                if (!Try(job, "evaluation", commands.Evaluate(job), cancellationToken))
                    return;
                log.Information("{Run}: evaluated", job.Run.Path);
            }
            job.Stage = RunStage.Done;
        }
        catch (OperationCanceledException)
        {
            job.Stage = RunStage.Waiting;
        }
        catch (Exception e) when (e is LinearScalingException || StorageFailure.Is(e))
        {
            Fail(job, e.Message);
        }
    }

    /// <summary>Starts a process again until it succeeds, as often as the study allows. A user's mistake is not tried
    /// again.</summary>
    private bool Try(StudyJob job, string what, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        for (var retry = 0; ; retry++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = LcsChild.Run(arguments, job.LogFile, cancellationToken);
            if (end.ExitCode == 0)
                return true;
            cancellationToken.ThrowIfCancellationRequested();
            if (end.ExitCode == UsersMistake || retry == study.Config.Retries)
            {
                Fail(job, $"{what}: {end.Message}");
                return false;
            }
            log.Warning(
                "{Run}: {What}: {Message}; started again ({Retry} of {Retries})",
                job.Run.Path,
                what,
                end.Message,
                retry + 1,
                study.Config.Retries
            );
        }
    }

    private void Fail(StudyJob job, string why)
    {
        job.Fail(why);
        log.Error("{Run}: {Why} (log: {Log})", job.Run.Path, why, job.LogFile);
    }
}
