using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Links;

/// <summary>A metric beside the loss that it follows from.</summary>
/// <param name="Points">N, D and C of a checkpoint, its loss as X, the metric as Y. Clusters count the same runs as
/// those of the points that the loss's own law is fitted to.</param>
public sealed record MetricRows(string Metric, IReadOnlyList<Observation> Points);
