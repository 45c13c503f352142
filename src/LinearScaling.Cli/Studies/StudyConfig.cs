using LinearScaling.Cli.Studies.Clusters;
using LinearScaling.Configuration;

namespace LinearScaling.Cli.Studies;

/// <summary>A study: which runs are trained, how their checkpoints are evaluated, which laws are fitted.</summary>
/// <param name="Experiments">Matrices of runs, each with its own fits.</param>
/// <param name="Set">Run configuration that all runs share, over their presets.</param>
/// <param name="Eval">How every checkpoint is evaluated.</param>
/// <param name="Hardware">What <c>lcs plan</c> and <c>--dry-run</c> count hours by.</param>
/// <param name="Jobs">Runs at a time.</param>
/// <param name="Threads">CPU threads per run; 0 for an equal share of the cores.</param>
/// <param name="Retries">How often a run that failed is started again.</param>
/// <param name="Cluster">Where the runs are trained and evaluated; on this machine when omitted.</param>
public sealed record StudyConfig(
    IReadOnlyList<ExperimentConfig> Experiments,
    StudyEvaluation Eval,
    Hardware Hardware,
    ConfigValue? Set = null,
    [Range(1, 4096)] int Jobs = 1,
    [Range(0, 4096)] int Threads = 0,
    [Range(0, 100)] int Retries = 2,
    ClusterConfig? Cluster = null
) : IValidated
{
    public IEnumerable<string> Problems()
    {
        if (Experiments.Count == 0)
            yield return "experiments: needs one or more";
        if (Experiments.Count > 1 && Experiments.Any(e => e.Name == ""))
            yield return "experiments: each of several needs a name";
        foreach (
            var name in Experiments.Select(e => e.Name).Where(n => n != "").GroupBy(n => n).Where(g => g.Count() > 1)
        )
            yield return $"experiments: '{name.Key}' names several";
        foreach (
            var name in Experiments
                .Select(e => e.Name)
                .Where(n => n.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
        )
            yield return $"experiments: '{name}' is to name a folder: letters, digits, - and _";
    }
}

/// <summary>One run for every combination of values.</summary>
/// <param name="Matrix">Axes: <c>arch</c>, <c>size</c>, and any others. An axis is a list of values of the
/// configuration key it is named after, or a mapping from names to run configuration.</param>
/// <param name="Fit">Metrics that laws are fitted to, over the runs of this experiment; empty for none.</param>
/// <param name="Name">A folder of the study's, for its runs; may be left out where there is one experiment.</param>
/// <param name="Set">Run configuration that its runs share, over the study's.</param>
public sealed record ExperimentConfig(
    ConfigValue Matrix,
    [Default("[val_loss]")] IReadOnlyList<string> Fit,
    string Name = "",
    ConfigValue? Set = null
);

/// <summary>How every checkpoint is evaluated.</summary>
/// <param name="Tasks">As <c>lcs eval --tasks</c>.</param>
/// <param name="Limit">Only the first items of every task; all when omitted.</param>
/// <param name="TaskData">Directory of the tasks' documents.</param>
public sealed record StudyEvaluation(
    string Tasks = "val_loss",
    [Positive] int? Limit = null,
    string TaskData = "task-data"
);

/// <summary>The device that hours are counted on.</summary>
/// <param name="Device">What it is.</param>
/// <param name="PeakFlops">Its matrix-product speed, FLOP/s.</param>
/// <param name="Mfu">Share of the peak that training is taken to reach: exact FLOPs of the model, recomputation not
/// counted.</param>
/// <param name="Memory">Its memory in bytes.</param>
public sealed record Hardware(
    string Device = "H100 80 GB, bf16",
    [Positive] double PeakFlops = 989e12,
    [Range(1e-6, 1)] double Mfu = 0.4,
    [Positive] double Memory = 80e9
);
