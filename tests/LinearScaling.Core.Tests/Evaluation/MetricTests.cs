using LinearScaling.Evaluation;

namespace LinearScaling.Tests.Evaluation;

public class MetricTests
{
    [Fact]
    public void A_mean_has_the_sample_standard_error()
    {
        var (value, stderr) = new Metric.Mean("acc").Aggregate([new(1), new(0), new(1), new(1)]);
        Assert.Equal(0.75, value);
        Assert.Equal(0.25, stderr!.Value, 12); // sd = sqrt(3 / 4 / 3) = 0.5 over sqrt(4)
    }

    [Fact]
    public void A_ratio_divides_sums()
    {
        // (2 + 9) / (1 + 3); residuals 2 - 2.75 = -0.75 and 9 - 8.25 = 0.75: sqrt(2 * 0.5625 * 2 / 1) / 4
        var (value, stderr) = new Metric.Ratio("bits_per_byte", 2).Aggregate([new(2, 1), new(9, 3)]);
        Assert.Equal(2 * 2.75, value);
        Assert.Equal(2 * 0.375, stderr!.Value, 12);
    }

    [Fact]
    public void A_ratio_of_equal_weights_is_a_mean()
    {
        Sample[] samples = [new(3, 5), new(4, 5), new(9, 5)];
        var (value, stderr) = new Metric.Ratio("val_loss").Aggregate(samples);
        var mean = new Metric.Mean("val_loss").Aggregate([.. samples.Select(s => new Sample(s.Value / 5))]);
        Assert.Equal(mean.Value, value, 12);
        Assert.Equal(mean.Stderr!.Value, stderr!.Value, 12);
    }

    [Fact]
    public void Word_perplexity_is_the_exponential_of_a_ratio() =>
        Assert.Equal(
            Math.Exp(2.75),
            new Metric.ExpRatio("word_perplexity").Aggregate([new(2, 1), new(9, 3)]).Value,
            12
        );

    [Fact]
    public void Perplexity_is_over_items_and_its_bootstrap_error_is_near_the_delta_method()
    {
        Sample[] samples = [.. Enumerable.Range(0, 400).Select(i => new Sample(-1 - 0.01 * (i % 100)))];
        var (value, stderr) = new Metric.Perplexity("perplexity").Aggregate(samples);
        var mean = new Metric.Mean("").Aggregate(samples);
        Assert.Equal(Math.Exp(-mean.Value), value, 12);
        Assert.Equal(1, stderr!.Value / (value * mean.Stderr!.Value), 0.1);
    }

    [Fact]
    public void One_item_has_no_standard_error() => Assert.Null(new Metric.Mean("acc").Aggregate([new(1)]).Stderr);

    /// <summary>Items' bits a byte were once kept as nats.</summary>
    [Fact]
    public void An_items_score_is_the_metric_of_that_item_alone_and_a_perplexitys_is_its_logarithm()
    {
        var sample = new Sample(-3, 2);
        foreach (
            var metric in new Metric[] { new Metric.Mean("acc"), new Metric.Ratio("bits_per_byte", 1 / Math.Log(2)) }
        )
            Assert.Equal(
                (metric.Name, metric.Aggregate([sample with { Weight = metric is Metric.Mean ? 1 : 2 }]).Value),
                metric.OfItem(sample with { Weight = metric is Metric.Mean ? 1 : 2 })
            );
        foreach (
            var metric in new Metric[] { new Metric.ExpRatio("word_perplexity"), new Metric.Perplexity("perplexity") }
        )
        {
            var (name, value) = metric.OfItem(sample);
            Assert.Equal($"log {metric.Name}", name);
            Assert.Equal(metric.Aggregate([sample]).Value, Math.Exp(value), 12);
        }
    }
}
