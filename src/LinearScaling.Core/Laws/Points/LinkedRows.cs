using LinearScaling.Laws.Links;
using LinearScaling.Runs;

namespace LinearScaling.Laws.Points;

/// <summary>Metrics of the runs' checkpoints beside their losses: what links are fitted to.</summary>
public static class LinkedRows
{
    /// <summary>The word for every metric of <c>eval.jsonl</c>.</summary>
    public const string All = "all";

    /// <summary>Rows by group and metric, in the order of <paramref name="metrics"/>: the loss as X, the metric as Y,
    /// for every point of the curves at whose checkpoint the metric was measured.</summary>
    /// <param name="losses">Curves of the loss; clusters are numbered as <see cref="RunCurves.Points"/> does.</param>
    /// <param name="metrics">As <c>--metric</c> takes them; <see cref="All"/> stands for every one but the
    /// loss.</param>
    public static (IReadOnlyDictionary<string, IReadOnlyList<MetricRows>> Groups, IReadOnlyList<LeftOut> LeftOut) Read(
        RunCurves losses,
        string root,
        string loss,
        IReadOnlyList<string> metrics
    )
    {
        var runs = RunCurves.Named(root).ToDictionary(r => r.Record.Name, r => r.Directory);
        var evals = runs.ToDictionary(r => r.Key, r => r.Value.ReadEvals());
        if (metrics.Contains(All))
            metrics = [.. RunCurves.Metrics(runs.Values).Where(m => m != RunCurves.TrainLoss && !Same(m, loss))];
        var (groups, leftOut) = (new Dictionary<string, IReadOnlyList<MetricRows>>(), new List<LeftOut>());
        foreach (var group in losses.Curves.Select((c, i) => (Curve: c, Cluster: i)).GroupBy(c => c.Curve.Architecture))
            groups[group.Key] =
            [
                .. metrics.Select(m => new MetricRows(
                    m,
                    [.. group.SelectMany(c => Rows(c.Curve, c.Cluster, evals[c.Curve.Run], m, leftOut))]
                )),
            ];
        foreach (var (metric, k) in metrics.Select((m, k) => (m, k)))
            if (groups.Values.All(g => g[k].Points.Count == 0))
                throw evals.Values.Any(e => RunCurves.Values(e, metric).Count > 0)
                    ? PointMistakes.NeverTogether(root, metric, loss)
                    : RunCurves.Unknown(root, metric, runs.Values);
        return (groups, leftOut);
    }

    private static bool Same(string metric, string loss) => metric == loss || metric == $"{loss}/{loss}";

    private static List<Observation> Rows(
        LossCurve curve,
        int cluster,
        IReadOnlyList<EvalRecord> evals,
        string metric,
        List<LeftOut> leftOut
    )
    {
        var values = RunCurves.Values(evals, metric).ToDictionary(v => v.Tokens, v => v.Value);
        List<Observation> rows =
        [
            .. curve
                .Points.Where(p => values.TryGetValue(p.Tokens, out var y) && double.IsFinite(y))
                .Select(p => new Observation(curve.N, p.Tokens, p.Flops, p.Value, p.Value, values[p.Tokens], 1, cluster)
                {
                    Label = curve.Run,
                }),
        ];
        if (rows.Count < curve.Points.Count)
            leftOut.Add(
                new($"run {curve.Run}", curve.Points.Count - rows.Count, $"no finite {metric} at that checkpoint")
            );
        return rows;
    }
}
