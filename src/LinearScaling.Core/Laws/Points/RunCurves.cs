using System.Globalization;
using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Runs;

namespace LinearScaling.Laws.Points;

/// <summary>The curves of every run under a directory, with a list of what was left out.</summary>
/// <param name="Convention">How C counts.</param>
/// <param name="NotInPaper">Architectures whose runs have no FLOPs by the paper's count.</param>
/// <param name="Fingerprint">Hash of every number that enters the fit.</param>
public sealed record RunCurves(
    string Convention,
    IReadOnlyList<string> NotInPaper,
    IReadOnlyList<LossCurve> Curves,
    IReadOnlyList<LeftOut> LeftOut,
    IReadOnlyList<Caution> Cautions,
    string Fingerprint
)
{
    /// <summary>Reasons not to trust the curves of one architecture.</summary>
    public IReadOnlyList<(string Architecture, Caution Caution)> OfArchitecture { get; init; } = [];

    /// <summary>Reasons not to trust what is fitted to an architecture's curves.</summary>
    public IEnumerable<Caution> CautionsOf(string architecture) =>
        [.. Cautions, .. OfArchitecture.Where(c => c.Architecture == architecture).Select(c => c.Caution)];

    /// <summary>The metric of the logged training steps; every other metric is read from evaluations.</summary>
    public const string TrainLoss = "train_loss";

    /// <summary>First part of each run that is left out where nothing else was chosen.</summary>
    public const double DefaultBurnIn = 0.02;

    /// <summary>Whether the metric grows with training in most runs, as accuracies do: then the least value is not the
    /// best one.</summary>
    public bool Rising => 2 * Curves.Count(c => c.Points[^1].Value > c.Points[0].Value) > Curves.Count;

    /// <param name="root">A directory with runs at or below it.</param>
    /// <param name="metric"><c>train_loss</c>, or an evaluation's metric: <c>val_loss</c>, or <c>task/metric</c> where
    /// several tasks share it.</param>
    /// <param name="convention">How C counts: a key of the runs' <c>flops_per_token</c>; null for
    /// <see cref="Flops.Common"/>.</param>
    /// <param name="burnIn">First part of each run that is left out, as a fraction of its tokens: there a curve shows
    /// warm-up, not scaling.</param>
    public static RunCurves Read(string root, string metric, string? convention, double burnIn)
    {
        var runs = Named(root);
        var notInPaper = runs.Where(r => !r.Record.FlopsPerToken.ContainsKey(Flops.Paper))
            .Select(r => r.Record.Architecture)
            .Distinct()
            .ToList();
        convention ??= Flops.Common(runs.Select(r => r.Record.FlopsPerToken));
        if (
            runs.Find(r => !r.Record.FlopsPerToken.ContainsKey(convention)) is
            { Record: { } lacking, Directory: { } at }
        )
            throw new LinearScalingException(
                $"{at.RunFile}: {NearestNames.Unknown("convention", convention, lacking.FlopsPerToken.Keys)}"
            );

        var series = runs.Select(r => (r.Directory, r.Record, Values: Values(r.Directory, metric))).ToList();
        if (series.TrueForAll(s => s.Values.Count == 0))
            throw Unknown(root, metric, runs.Select(r => r.Directory));

        var (curves, leftOut) = (new List<LossCurve>(), new List<LeftOut>());
        foreach (var (_, record, values) in series)
        {
            var perToken = record.FlopsPerToken[convention];
            var points = Usable(
                [.. values.Select(v => new CurvePoint(v.Tokens, v.Tokens * perToken, v.Value, v.Stderr))],
                burnIn,
                $"run {record.Name}",
                metric,
                leftOut
            );
            if (points.Count < 2)
                continue;
            if (metric == TrainLoss)
                points = Smoothing.LocalLine(points);
            curves.Add(
                new(record.Name, record.Architecture, record.Size, record.Parameters.NonEmbedding, perToken, points)
            );
        }
        if (curves.Count == 0)
            throw PointMistakes.NoCurve(root, metric);
        return new(
            convention,
            notInPaper,
            curves,
            leftOut,
            [.. Mixed(runs.Select(r => r.Record))],
            DataFingerprint.Compute(curves)
        );
    }

    /// <summary>The points of a run that count, by rising compute; none where fewer than two do. What does not count is
    /// listed.</summary>
    internal static List<CurvePoint> Usable(
        IReadOnlyList<CurvePoint> values,
        double burnIn,
        string what,
        string metric,
        List<LeftOut> leftOut
    )
    {
        var usable = values.Where(v => double.IsFinite(v.Value) && v.Value > 0).ToList();
        Note(leftOut, what, values.Count - usable.Count, "not a positive number");
        var from = burnIn * (usable.Count == 0 ? 0 : usable[^1].Tokens);
        var late = usable.Where(v => v.Tokens > 0 && v.Tokens >= from).ToList();
        Note(
            leftOut,
            what,
            usable.Count - late.Count,
            string.Create(CultureInfo.InvariantCulture, $"burn-in: the first {100 * burnIn:0.##}% of the run's tokens")
        );
        if (late.Count >= 2)
            return late;
        leftOut.Add(new(what, late.Count, values.Count == 0 ? $"holds no {metric}" : "fewer than two points remain"));
        return [];
    }

    /// <summary>The curves' points for parametric forms, one group per architecture; each run is a cluster.</summary>
    /// <param name="against">A metric of the same checkpoints that takes the place of compute as the variable of
    /// one-variable forms, or null.</param>
    public PointSet Points(string root, string? against)
    {
        var other = against is null
            ? null
            : Named(root)
                .ToDictionary(
                    r => r.Record.Name,
                    r => Values(r.Directory, against).ToDictionary(v => v.Tokens, v => v.Value)
                );
        if (other is not null && other.Values.All(v => v.Count == 0))
            throw Unknown(root, against!, RunDirectory.Find(root));
        var missing = new List<LeftOut>();
        var groups = Curves
            .Select((curve, cluster) => (curve, cluster))
            .GroupBy(c => c.curve.Architecture)
            .Select(g =>
            {
                var points = new List<Observation>();
                foreach (var (curve, cluster) in g)
                {
                    foreach (var p in curve.Points)
                        if (other is null)
                            points.Add(
                                new(curve.N, p.Tokens, p.Flops, p.Flops, Math.Log(p.Flops), p.Value, 1, cluster)
                                {
                                    Label = curve.Run,
                                }
                            );
                        else if (other[curve.Run].TryGetValue(p.Tokens, out var x) && double.IsFinite(x))
                            points.Add(
                                new(curve.N, p.Tokens, p.Flops, x, x, p.Value, 1, cluster) { Label = curve.Run }
                            );
                    Note(
                        missing,
                        $"run {curve.Run}",
                        other is null
                            ? 0
                            : curve.Points.Count(p =>
                                !double.IsFinite(other[curve.Run].GetValueOrDefault(p.Tokens, double.NaN))
                            ),
                        $"no finite {against} at that checkpoint"
                    );
                }
                return (g.Key, (IReadOnlyList<Observation>)points);
            })
            .ToList();
        return new(groups, [.. LeftOut, .. missing], Fingerprint);
    }

    /// <summary>The runs at or below a directory; where several have one name, each is called by its path.</summary>
    internal static List<(RunDirectory Directory, RunRecord Record)> Named(string root)
    {
        var runs = RunDirectory.Find(root).Select(r => (Directory: r, Record: r.ReadRun())).ToList();
        var names = runs.CountBy(r => r.Record.Name).Where(n => n.Value > 1).Select(n => n.Key).ToHashSet();
        return
        [
            .. runs.Select(r =>
                names.Contains(r.Record.Name)
                    ? (r.Directory, r.Record with { Name = Path.GetRelativePath(root, r.Directory.FullPath) })
                    : r
            ),
        ];
    }

    /// <summary>Every metric the runs hold, as <c>--metric</c> takes it.</summary>
    public static IReadOnlyList<string> Metrics(IEnumerable<RunDirectory> runs)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            if (run.ReadMetrics().Count > 0)
                names.Add(TrainLoss);
            foreach (var e in run.ReadEvals())
                names.Add(e.Task == e.Metric ? e.Metric : $"{e.Task}/{e.Metric}");
        }
        return [.. names];
    }

    internal static List<(double Tokens, double Value, double? Stderr)> Values(RunDirectory run, string metric)
    {
        if (metric == TrainLoss)
            return [.. run.ReadMetrics().OrderBy(m => m.Step).Select(m => ((double)m.Tokens, m.Loss, (double?)null))];
        return Values(run.ReadEvals(), metric);
    }

    internal static List<(double Tokens, double Value, double? Stderr)> Values(
        IReadOnlyList<EvalRecord> evals,
        string metric
    )
    {
        var matches = evals.Where(e => metric == e.Metric || metric == $"{e.Task}/{e.Metric}").ToList();
        var tasks = matches.Select(e => e.Task).Distinct().ToList();
        if (tasks.Count > 1 && !tasks.Contains(metric))
            throw PointMistakes.SeveralTasks(metric, tasks);
        return
        [
            .. matches
                .Where(e => tasks.Count == 1 || e.Task == metric)
                .GroupBy(e => e.Step)
                .OrderBy(g => g.Key)
                .Select(g => g.Last()) // a checkpoint evaluated again: the newest line
                .Select(e => ((double)e.Tokens, e.Value, e.Stderr)),
        ];
    }

    internal static LinearScalingException Unknown(string root, string metric, IEnumerable<RunDirectory> runs)
    {
        var present = Metrics(runs);
        var more = present.SequenceEqual([TrainLoss]) ? $" (for more: lcs eval --checkpoints {root})" : "";
        return new(
            present.Count == 0
                ? $"{root}: the runs hold no metric yet; evaluate them with: lcs eval --checkpoints {root}"
                : $"--metric {metric}: the runs at {root} do not hold it; "
                    + $"{NearestNames.Hint(metric, present)}{more}"
        );
    }

    internal static void Note(List<LeftOut> list, string what, int points, string why)
    {
        if (points > 0)
            list.Add(new(what, points, why));
    }

    /// <summary>Runs that differ in what they train on do not lie on one curve.</summary>
    internal static IEnumerable<Caution> Mixed(IEnumerable<RunRecord> runs)
    {
        foreach (
            var (what, key) in new (string, Func<RunRecord, string>)[]
            {
                ("data", r => r.DataFingerprint),
                ("tokenizers", r => r.Tokenizer),
                ("sequence lengths", r => r.SeqLen.ToString(CultureInfo.InvariantCulture)),
            }
        )
            if (runs.Select(key).Distinct().ToList() is { Count: > 1 } different)
                yield return new(
                    "mixed_runs",
                    $"the runs differ in {what} ({string.Join(", ", different)}): their losses are not comparable"
                );
    }
}
