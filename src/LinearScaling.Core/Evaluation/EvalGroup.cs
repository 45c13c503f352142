namespace LinearScaling.Evaluation;

/// <summary>A plain mean over metrics of several tasks, reported once all of them are there.</summary>
/// <param name="Name">The name in <c>--tasks</c>, and of its metric.</param>
/// <param name="Parts">Task and metric of each term.</param>
public sealed record EvalGroup(string Name, IReadOnlyList<(string Task, string Metric)> Parts)
{
    /// <summary>The study's groups (arXiv:2406.16690, section 5): commonsense reasoning over 7 tasks, and SCROLLS over
    /// 13 numbers.</summary>
    public static IReadOnlyList<EvalGroup> All { get; } =
    [
        new(
            "csr7",
            [
                ("boolq", "acc"),
                ("piqa", "acc"),
                ("hellaswag", "acc_norm"),
                ("winogrande", "acc"),
                ("arc_easy", "acc"),
                ("arc_challenge", "acc_norm"),
                ("openbookqa", "acc_norm"),
            ]
        ),
        new(
            "scrolls",
            [
                .. new[] { "scrolls_govreport", "scrolls_summscreenfd", "scrolls_qmsum" }.SelectMany(t =>
                    new[] { "rouge1", "rouge2", "rougeL" }.Select(m => (t, m))
                ),
                ("scrolls_qasper", "f1"),
                ("scrolls_narrativeqa", "f1"),
                ("scrolls_quality", "em"),
                ("scrolls_contractnli", "em"),
            ]
        ),
    ];

    /// <summary>The tasks it needs, each once.</summary>
    public IReadOnlyList<string> Tasks { get; } = [.. Parts.Select(p => p.Task).Distinct()];

    /// <summary>The mean, and its standard error taking the parts as independent.</summary>
    /// <param name="values">The value and standard error of a task's metric.</param>
    public (double Value, double? Stderr) Mean(
        Func<(string Task, string Metric), (double Value, double? Stderr)> values
    )
    {
        var parts = Parts.Select(values).ToList();
        return (
            parts.Average(p => p.Value),
            parts.All(p => p.Stderr is not null)
                ? Math.Sqrt(parts.Sum(p => p.Stderr!.Value * p.Stderr.Value)) / parts.Count
                : null
        );
    }
}
