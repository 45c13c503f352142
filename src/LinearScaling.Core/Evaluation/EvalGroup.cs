namespace LinearScaling.Evaluation;

/// <summary>A plain mean over metrics of several tasks, reported once all of them are there.</summary>
/// <param name="Name">The name in <c>--tasks</c>, and of its metric.</param>
/// <param name="Parts">The terms; no two are of the same items.</param>
public sealed record EvalGroup(string Name, IReadOnlyList<GroupPart> Parts)
{
    /// <summary>The study's groups (arXiv:2406.16690, section 5): commonsense reasoning over 7 tasks, and SCROLLS over
    /// 13 numbers.</summary>
    public static IReadOnlyList<EvalGroup> All { get; } =
    [
        new(
            "csr7",
            [
                new("boolq", "acc"),
                new("piqa", "acc"),
                new("hellaswag", "acc_norm"),
                new("winogrande", "acc"),
                new("arc_easy", "acc"),
                new("arc_challenge", "acc_norm"),
                new("openbookqa", "acc_norm"),
            ]
        ),
        new(
            "scrolls",
            [
                // the mean of ROUGE-1, -2 and -L of an item stands for its three numbers, which are not independent
                new("scrolls_govreport", "rouge", 3),
                new("scrolls_summscreenfd", "rouge", 3),
                new("scrolls_qmsum", "rouge", 3),
                new("scrolls_qasper", "f1"),
                new("scrolls_narrativeqa", "f1"),
                new("scrolls_quality", "em"),
                new("scrolls_contractnli", "em"),
            ]
        ),
    ];

    /// <summary>The tasks it needs, each once.</summary>
    public IReadOnlyList<string> Tasks { get; } = [.. Parts.Select(p => p.Task).Distinct()];

    /// <summary>How many numbers it is the mean of.</summary>
    public int Numbers { get; } = Parts.Sum(p => p.Numbers);

    /// <summary>The mean, and its standard error taking the parts as independent.</summary>
    /// <param name="values">The value and standard error of a task's metric.</param>
    public (double Value, double? Stderr) Mean(
        Func<(string Task, string Metric), (double Value, double? Stderr)> values
    )
    {
        var parts = Parts.Select(p => (Share: (double)p.Numbers / Numbers, Part: values((p.Task, p.Metric)))).ToList();
        return (
            parts.Sum(p => p.Share * p.Part.Value),
            parts.All(p => p.Part.Stderr is not null)
                ? Math.Sqrt(parts.Sum(p => Math.Pow(p.Share * p.Part.Stderr!.Value, 2)))
                : null
        );
    }
}

/// <summary>A term of a group: a task's metric.</summary>
/// <param name="Numbers">How many of the group's numbers it is the mean of.</param>
public sealed record GroupPart(string Task, string Metric, int Numbers = 1);
