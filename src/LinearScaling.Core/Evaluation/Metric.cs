namespace LinearScaling.Evaluation;

/// <summary>How the samples of a task's items become one number with a standard error.</summary>
/// <param name="Name">The metric's name in eval.jsonl.</param>
public abstract record Metric(string Name)
{
    /// <summary>The items' samples that it is computed from: those of its own name.</summary>
    public virtual string Samples => Name;

    /// <param name="samples">One per item that has the metric; at least one.</param>
    /// <returns>The value, and its standard error or null where one item alone gives none.</returns>
    public abstract (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples);

    /// <summary>One item's score under a name of its own, in the metric's unit: what is kept with samples, and what two
    /// models are compared by.</summary>
    /// <remarks>Perplexities are compared by their logarithms, which average over items as they do.</remarks>
    public virtual (string Name, double Value) OfItem(Sample sample) => (Samples, sample.Value / sample.Weight);

    /// <summary>The plain mean of the items; stderr = sample standard deviation / sqrt(n).</summary>
    public sealed record Mean(string Name) : Metric(Name)
    {
        public override (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples) => MeanOf(samples);
    }

    /// <summary>Sum of values over sum of weights, times a constant: bits per byte, nats per token over items of
    /// unequal length.</summary>
    /// <remarks>The standard error is that of a ratio estimator (linearised), with items as the sampling
    /// unit.</remarks>
    public sealed record Ratio(string Name, double Factor = 1) : Metric(Name)
    {
        public override (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples)
        {
            var (ratio, stderr) = RatioOf(samples);
            return (Factor * ratio, Math.Abs(Factor) * stderr);
        }

        public override (string Name, double Value) OfItem(Sample sample) =>
            (Samples, Factor * sample.Value / sample.Weight);
    }

    /// <summary>exp of a ratio of sums: word and byte perplexity. The standard error follows by the delta
    /// method.</summary>
    public sealed record ExpRatio(string Name) : Metric(Name)
    {
        public override (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples)
        {
            var (ratio, stderr) = RatioOf(samples);
            return (Math.Exp(ratio), Math.Exp(ratio) * stderr);
        }

        public override (string Name, double Value) OfItem(Sample sample) =>
            ($"log {Samples}", sample.Value / sample.Weight);
    }

    /// <summary>exp(-mean log-likelihood) over items; stderr by bootstrap over items, always of the same
    /// resamples.</summary>
    public sealed record Perplexity(string Name) : Metric(Name)
    {
        private const int Resamples = 1000;

        public override (double Value, double? Stderr) Aggregate(IReadOnlyList<Sample> samples)
        {
            var value = Math.Exp(-samples.Average(s => s.Value));
            if (samples.Count < 2)
                return (value, null);
            // a function of the number of items alone, so that a repeated evaluation prints the same error
            var random = new Random(samples.Count);
            var (sum, squares) = (0.0, 0.0);
            for (var b = 0; b < Resamples; b++)
            {
                var total = 0.0;
                for (var i = 0; i < samples.Count; i++)
                    total += samples[random.Next(samples.Count)].Value;
                var perplexity = Math.Exp(-total / samples.Count);
                sum += perplexity;
                squares += perplexity * perplexity;
            }
            return (value, Math.Sqrt(Math.Max(0, (squares - sum * sum / Resamples) / (Resamples - 1))));
        }

        public override (string Name, double Value) OfItem(Sample sample) => ($"log {Samples}", -sample.Value);
    }

    private static (double Value, double? Stderr) MeanOf(IReadOnlyList<Sample> samples)
    {
        var mean = samples.Average(s => s.Value);
        if (samples.Count < 2)
            return (mean, null);
        var squares = samples.Sum(s => (s.Value - mean) * (s.Value - mean));
        return (mean, Math.Sqrt(squares / (samples.Count - 1) / samples.Count));
    }

    private static (double Value, double? Stderr) RatioOf(IReadOnlyList<Sample> samples)
    {
        var weights = samples.Sum(s => s.Weight);
        var ratio = samples.Sum(s => s.Value) / weights;
        if (samples.Count < 2)
            return (ratio, null);
        var residuals = samples.Sum(s => (s.Value - ratio * s.Weight) * (s.Value - ratio * s.Weight));
        return (ratio, Math.Sqrt(residuals * samples.Count / (samples.Count - 1)) / weights);
    }
}
