using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>A parametric fit that cannot be trusted says so, a line a reason.</summary>
public class CautionTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];

    [Fact]
    public void A_good_design_draws_no_caution() => Assert.Empty(Cautions(Grid(6, 6)));

    [Fact]
    public void Too_few_sizes() =>
        Assert.Contains(
            new Caution("few_sizes", "only 3 model sizes: the exponent of N needs 4 or more"),
            Cautions(Grid(3, 12))
        );

    [Fact]
    public void One_decade_of_compute() =>
        Assert.Contains(
            new Caution("short_range", "the points span 1.0 decades of compute: extrapolation needs 1.5 or more"),
            Cautions(Grid(6, 6, 0.2))
        );

    [Fact]
    public void Tokens_in_proportion_to_size() =>
        Assert.Contains(
            Cautions(Proportional()),
            c =>
                c.Code == "one_direction"
                && c.Text
                    == "N and D rise together (correlation 1.000 in logarithms): their exponents cannot be told apart"
        );

    [Fact]
    public void A_flat_direction() =>
        Assert.Contains(
            Cautions([.. Enumerable.Range(0, 20).Select(i => Noisy(1e8 * (1 + 1e-6 * i), Math.Pow(10, 8 + 0.15 * i)))]),
            c => c.Code == "flat_direction"
        );

    [Fact]
    public void Redrawn_fits_that_end_at_a_bound()
    {
        // Tokens in proportion to size leave one direction flat: some draws run along it as far as they may, and no
        // further. The terms of N and D can then change places, so that rounding decides which exponent runs.
        var analysis = LawAnalysis.Analyze("test", new Chinchilla(), Proportional(), starts: 40, draws: 60);
        Assert.Contains(
            analysis.Cautions,
            c =>
                c.Code == "undetermined"
                && c.Text
                    is "of the redrawn fits, more than 1 in 40 end at alpha's bound, 3"
                        or "of the redrawn fits, more than 1 in 40 end at beta's bound, 3"
        );
        Assert.All(analysis.Bootstrap.Draws, d => Assert.All(d[3..], exponent => Assert.InRange(exponent, 0, 3)));
        Assert.True(double.IsFinite(analysis.Bootstrap.StandardError(1)));
    }

    [Fact]
    public void Points_of_one_run_have_no_intervals()
    {
        var analysis = LawAnalysis.Analyze(
            "test",
            new Chinchilla(),
            [.. Grid(6, 6).Select(o => o with { Cluster = 7 })],
            starts: 40,
            draws: 60
        );
        Assert.Contains(
            analysis.Cautions,
            c => c.Code == "few_runs" && c.Text.StartsWith("all points come from one run", StringComparison.Ordinal)
        );
        Assert.Null(analysis.Bootstrap.Interval(0));
        Assert.Empty(analysis.Profiles);
    }

    [Fact]
    public void Few_runs() =>
        Assert.Contains(
            new Caution("few_runs", "only 4 runs: intervals from redrawing so few are too narrow"),
            Cautions([.. Grid(6, 6).Select((o, i) => o with { Cluster = i % 4 })])
        );

    [Fact]
    public void A_bound_hit()
    {
        // Losses that fall to nothing leave no room for E.
        List<Observation> points =
        [
            .. Grid(6, 6).Select(o => o with { Y = 4000 / Math.Pow(o.N, .34) + 4000 / Math.Pow(o.D, .28) - 1e-3 }),
        ];
        Assert.Contains(Cautions(points), c => c is { Code: "bound_hit", Text: "E ended at its bound, 0.001" });
    }

    [Fact]
    public void Starts_that_disagree()
    {
        // Scatter without a shape: a sigmoid finds many local minima in it.
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 14)
                .Select(i => Observation.OfCompute(Math.Pow(10, 15 + 0.3 * i), 0.5 + 0.1 * Math.Sin(1.7 * i * i))),
        ];
        Assert.Contains(
            LawAnalysis.Analyze("scatter", new Sigmoid(), points, starts: 40, draws: 30).Cautions,
            c => c.Code is "starts_disagree"
        );
    }

    [Fact]
    public void A_law_that_does_not_extrapolate()
    {
        // Losses that rise again at the largest compute.
        List<Observation> points = [.. Grid(6, 6).Select(o => o with { Y = o.C > 1e20 ? o.Y * 1.1 : o.Y })];
        Assert.Contains(
            Cautions(points),
            c =>
                c.Code == "extrapolation"
                && c.Text.StartsWith(
                    "fitted without the top half-decade of compute, it misses that by -",
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void Fewer_points_than_parameters_are_refused()
    {
        var e = Assert.Throws<LinearScalingException>(() => Cautions(Grid(2, 2)));
        Assert.Equal("test: chinchilla has 5 parameters: 4 points cannot determine them", e.Message);
    }

    [Fact]
    public void Points_of_one_compute_are_refused()
    {
        List<Observation> surface = [.. Enumerable.Range(0, 8).Select(i => Noisy(1e7 * (i + 1), 1e17 / (i + 1)))];
        var e = Assert.Throws<LinearScalingException>(() => Cautions(surface));
        Assert.Equal("test: all points have the same compute: no law of it can be fitted", e.Message);
        e = Assert.Throws<LinearScalingException>(() =>
            LawAnalysis.Analyze(
                "test",
                new PowerLaw(),
                [.. Enumerable.Range(0, 8).Select(i => Observation.OfX(2, 1 + 0.1 * i))]
            )
        );
        Assert.Equal("test: all points have the same x: no law of it can be fitted", e.Message);
    }

    [Fact]
    public void Metrics_that_are_not_positive_are_refused_where_a_form_or_logarithms_cannot_be()
    {
        List<Observation> points =
        [
            .. Enumerable.Range(0, 8).Select(i => Observation.OfCompute(Math.Pow(10, 15 + 0.5 * i), -3 + 0.2 * i)),
        ];
        var e = Assert.Throws<LinearScalingException>(() =>
            LawAnalysis.Analyze("test", new PowerLawOffset(), points, FitLoss.Squared)
        );
        Assert.Equal(
            "test: the metric is -3 at a point, and power_law_offset is positive everywhere; leave such points out, "
                + "or fit a sigmoid or an exponential",
            e.Message
        );
        e = Assert.Throws<LinearScalingException>(() =>
            LawAnalysis.Analyze("test", new Exponential(), points, FitLoss.LogSquared)
        );
        Assert.Equal(
            "test: the metric is -3 at a point, and has no logarithm there; leave such points out, or fit with "
                + "--loss squared",
            e.Message
        );
        Assert.All(
            ParametricFit.Fit(new Exponential(), points, starts: 20).Coefficients,
            c => Assert.True(double.IsFinite(c))
        );
    }

    private static IReadOnlyList<Caution> Cautions(IReadOnlyList<Observation> points) =>
        LawAnalysis.Analyze("test", new Chinchilla(), points, starts: 40, draws: 60).Cautions;

    private static List<Observation> Proportional() =>
        [.. Enumerable.Range(0, 20).Select(i => Math.Pow(10, 6 + 0.2 * i)).Select(n => Noisy(n, 20 * n))];

    private static List<Observation> Grid(int sizes, int lengths, double width = 1) =>
        [
            .. from i in Enumerable.Range(0, sizes)
            from j in Enumerable.Range(0, lengths)
            select Noisy(Math.Pow(10, 7 + width * 0.5 * i), Math.Pow(10, 8.5 + width * 0.5 * j)),
        ];

    /// <summary>Hoffmann's surface with a fixed, scattered error of about 0.3 %.</summary>
    private static Observation Noisy(double n, double d)
    {
        var o = Observation.At(n, d, 0, (int)(Math.Log(n) * 1000 + Math.Log(d)));
        return o with
        {
            Y = new Chinchilla().Predict(Surface, o) * (1 + 0.003 * Math.Sin(1e3 * Math.Log(n) + 77 * Math.Log(d))),
        };
    }
}
