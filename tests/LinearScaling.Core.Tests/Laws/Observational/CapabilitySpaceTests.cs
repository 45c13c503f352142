using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Tests.Laws.Observational;

public sealed class CapabilitySpaceTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Components_are_those_of_power_iteration_on_the_rows(int seed)
    {
        var rows = Scattered(30, 6, seed);
        var components = PrincipalComponents.Fit(rows, [.. rows.Select(_ => 1.0)]);
        var mean = Enumerable.Range(0, 6).Select(j => rows.Average(r => r[j])).ToArray();
        var rest = rows.ConvertAll(r => r.Zip(mean, (a, b) => a - b).ToArray());
        var total = rest.Sum(r => r.Sum(v => v * v));
        for (var k = 0; k < 6; k++)
        {
            var direction = PowerIteration(rest);
            var along = rest.ConvertAll(r => Dot(r, direction));
            Assert.Equal(along.Sum(t => t * t) / total, components.Explained[k], 1e-9);
            Assert.Equal(1, Math.Abs(Dot(direction, components.Directions[k])), 1e-9);
            Assert.True(components.Directions[k].MaxBy(Math.Abs) > 0);
            rest = [.. rest.Zip(along, (r, t) => r.Zip(direction, (v, d) => v - t * d).ToArray())];
        }
        Assert.Equal(1, components.Explained.Sum(), 1e-12);
    }

    [Fact]
    public void A_weight_of_three_is_a_row_three_times()
    {
        var rows = Scattered(12, 4, 0);
        var thrice = PrincipalComponents.Fit([.. rows, rows[0], rows[0]], [.. Enumerable.Repeat(1.0, 14)]);
        var weighed = PrincipalComponents.Fit(rows, [3, .. Enumerable.Repeat(1.0, 11)]);
        Assert.Equal(thrice.Explained, weighed.Explained, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Equal_eigenvalues_and_zeros_are_no_trouble()
    {
        var (values, vectors) = SymmetricEigen.Decompose(
            new double[,]
            {
                { 2, 0, 0 },
                { 0, 2, 0 },
                { 0, 0, 0 },
            }
        );
        Assert.Equal([2, 2, 0], values);
        Assert.Equal([0, 0, 1], vectors[2]);
    }

    [Fact]
    public void Gaps_of_a_table_of_one_component_are_filled_exactly()
    {
        var random = new SeededRandom(0);
        var whole = Enumerable
            .Range(0, 40)
            .Select(_ => random.Normal())
            .Select(t => SyntheticScores.Means.Zip(SyntheticScores.Directions[0], (m, d) => m + 0.1 * t * d).ToArray())
            .ToList();
        var gaps = whole.ConvertAll(r =>
            r.Select((v, j) => random.Uniform() < 0.3 && j > 0 ? double.NaN : v).ToArray()
        );
        var fit = RankOneImputation.Fit(gaps, [.. gaps.Select(_ => 1.0)]);
        Assert.True(fit.Converged);
        for (var i = 0; i < whole.Count; i++)
            Assert.Equal(whole[i], fit.Fill(gaps[i]), (a, b) => Math.Abs(a - b) < 1e-10);
    }

    /// <summary>The least-squares fit of mean + ability x direction to the scores that are there, found by solving for
    /// abilities and for benchmarks in turn.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Gaps_of_a_scattered_table_are_those_of_alternating_least_squares(int seed)
    {
        var table = SyntheticScores.Table(noise: 0.03, gaps: 0.15, seed);
        var rows = table.Models.Select(m => m.Scores).ToList();
        var fit = RankOneImputation.Fit(rows, [.. rows.Select(_ => 1.0)]);
        var (mean, slope, ability) = AlternatingLeastSquares(rows);
        for (var i = 0; i < rows.Count; i++)
        {
            var filled = fit.Fill(rows[i]);
            for (var j = 0; j < mean.Length; j++)
                Assert.Equal(double.IsNaN(rows[i][j]) ? mean[j] + slope[j] * ability[i] : rows[i][j], filled[j], 1e-8);
        }
    }

    [Fact]
    public void A_fit_from_a_neighbours_end_ends_where_one_from_the_start_does()
    {
        var rows = SyntheticScores.Table(0.03, 0.15).Models.Select(m => m.Scores).ToList();
        var all = CapabilitySpace.Fit(rows, [.. rows.Select(_ => 1.0)]);
        double[] weights = [.. rows.Select((_, i) => (double)(i * 7 % 4))];
        var (cold, warm) = (CapabilitySpace.Fit(rows, weights), CapabilitySpace.Fit(rows, weights, all));
        Assert.True(warm.Imputation.Iterations < cold.Imputation.Iterations);
        for (var k = 0; k < cold.Count; k++)
            Assert.Equal(cold.Components.Explained[k], warm.Components.Explained[k], 1e-6);
    }

    [Fact]
    public void What_is_filled_stays_a_share()
    {
        double[][] rows =
        [
            [0.1, 0.1],
            [0.5, 0.5],
            [0.9, 0.95],
            [0.99, double.NaN],
            [0.02, 0.001],
            [0.0, double.NaN],
        ];
        var space = CapabilitySpace.Fit(rows, [.. rows.Select(_ => 1.0)]);
        Assert.True(space.Imputation.Fill(rows[3])[1] > 1, "else nothing is cut");
        Assert.Equal(
            space.Components.Scores([0.99, 1], space.Count),
            space.Place(rows[3]),
            (a, b) => Math.Abs(a - b) < 1e-12
        );
    }

    private static List<double[]> Scattered(int count, int width, int seed)
    {
        var random = new SeededRandom(seed);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => random.Normal())
                .Select(t => Enumerable.Range(1, width).Select(j => t / j + 0.3 * j * random.Normal()).ToArray()),
        ];
    }

    private static double[] PowerIteration(List<double[]> rows)
    {
        double[] v = [.. rows[0].Select((_, j) => 1.0 + 0.1 * j)];
        for (var i = 0; i < 2_000; i++)
        {
            var next = new double[v.Length];
            foreach (var row in rows)
            {
                var along = Dot(row, v);
                for (var j = 0; j < v.Length; j++)
                    next[j] += along * row[j];
            }
            var length = Math.Sqrt(Dot(next, next));
            v = [.. next.Select(a => a / length)];
        }
        return v;
    }

    private static (double[] Mean, double[] Slope, double[] Ability) AlternatingLeastSquares(List<double[]> rows)
    {
        var width = rows[0].Length;
        double[] mean = new double[width],
            slope = [.. Enumerable.Repeat(1.0, width)],
            ability = new double[rows.Count];
        for (var round = 0; round < 500; round++)
        {
            for (var i = 0; i < rows.Count; i++)
            {
                var there = Enumerable.Range(0, width).Where(j => !double.IsNaN(rows[i][j])).ToList();
                ability[i] = there.Sum(j => slope[j] * (rows[i][j] - mean[j])) / there.Sum(j => slope[j] * slope[j]);
            }
            for (var j = 0; j < width; j++)
            {
                var there = Enumerable.Range(0, rows.Count).Where(i => !double.IsNaN(rows[i][j])).ToList();
                var (x, y) = (there.Average(i => ability[i]), there.Average(i => rows[i][j]));
                slope[j] =
                    there.Sum(i => (ability[i] - x) * (rows[i][j] - y))
                    / there.Sum(i => (ability[i] - x) * (ability[i] - x));
                mean[j] = y - slope[j] * x;
            }
        }
        return (mean, slope, ability);
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
