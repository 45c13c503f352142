using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.IsoFlops;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

public class IsoFlopTests
{
    private static readonly double[] Surface = [1.69, 406.4, 410.7, .34, .28];
    private static readonly double[] Budgets = [1e18, 6e18, 4e19, 2e20, 1e21];

    [Theory]
    [InlineData(2, .374, -.373)]
    [InlineData(4, 1.506, -1.484)]
    [InlineData(8, 3.420, -3.307)]
    [InlineData(16, 6.160, -5.803)]
    public void A_parabola_finds_the_exponent_exactly_and_its_intercept_with_the_known_bias(
        double factor,
        double biasN,
        double biasD
    )
    {
        var points = new List<Observation>();
        foreach (var flops in new[] { 1e18, 1e19, 1e20, 1e21 })
            points.AddRange(Profile(flops, 7, factor));
        foreach (var surface in new[] { Surface, null }) // given, or found by least squares
        {
            var fit = IsoFlop.Fit(points, surface);
            Assert.Equal(.28 / .62, fit.NOpt!.Exponent, 1e-7);
            Assert.Equal(biasN, 100 * fit.Bias!.N, 6e-4);
            Assert.Equal(biasD, 100 * fit.Bias.D, 6e-4);
            Assert.Equal(0, fit.Bias.ExponentN, 1e-6);
        }
    }

    /// <summary>Open-Athena's collection of published IsoFLOP studies: exponents by plain parabolas over the rows that
    /// it does not call outliers.</summary>
    [Theory]
    [InlineData("epochai_chinchilla__massivetext__chinchilla", .5414, .4586)]
    [InlineData("ml_scalefit__massivetext__chinchilla", .5415, .4570)]
    [InlineData("llama_3__exp_loss", .4953, .5047)]
    [InlineData("llama_3__raw_loss", .5000, .5000)]
    [InlineData("marin_202603__comma__llama_2", .4264, .5517)]
    [InlineData("marin_202603__dclm__llama_2", .4317, .5436)]
    [InlineData("marin_202603__nemotron__llama_2", .4443, .5319)]
    [InlineData("misfitting__fineweb_c4__transformer", .5234, .4766)]
    public void Published_studies_have_their_exponents(string study, double a, double b)
    {
        var columns = File.ReadLines(PublishedData.File("open_athena/isoflops.csv")).Select(l => l.Split(',')).ToList();
        int At(string name) => Array.IndexOf(columns[0], name);
        double Number(string[] row, string name) =>
            double.Parse(row[At(name)], System.Globalization.CultureInfo.InvariantCulture);
        var points = columns
            .Where(r => r[At("experiment")] == study && r[At("outlier")] == "False")
            .Select(
                (r, i) =>
                    Observation.At(Number(r, "params"), Number(r, "tokens"), Number(r, "loss"), i) with
                    {
                        Budget = Number(r, "budget"),
                    }
            )
            .ToList();
        var fit = IsoFlop.Fit(points);
        Assert.Equal(a, fit.NOpt!.Exponent, 1e-4);
        Assert.Equal(b, fit.DOpt!.Exponent, 1e-4);
    }

    [Theory]
    [InlineData(.02)]
    [InlineData(.06)]
    public void Budgets_that_scatter_are_found_and_give_the_exponents_of_named_ones(double scatter)
    {
        var random = new SeededRandom(3);
        List<Observation> points = [];
        foreach (var flops in new[] { 6e18, 1e19, 3e19, 6e19, 3e20 })
            points.AddRange(
                Profile(flops, 9, 8)
                    .Select(o =>
                        Measured(o.N, o.D * Math.Exp(scatter * (2 * random.Uniform() - 1)), .003 * random.Normal())
                    )
                    .Select(o => o with { Budget = flops })
            );
        points = [.. points.Select((o, i) => o with { Cluster = i })];
        var named = IsoFlop.Fit(points);
        var found = IsoFlop.Fit([.. points.Select(o => o with { Budget = double.NaN })]);
        Assert.True(found.Separate);
        Assert.Equal([9, 9, 9, 9, 9], found.Used.Select(p => p.Points.Count));
        Assert.Empty(found.Alone);
        Assert.Equal(named.NOpt!.Exponent, found.NOpt!.Exponent, 0.01);
        foreach (var (p, q) in named.Profiles.Zip(found.Profiles))
            Assert.Equal(p.NOpt, q.NOpt, 1e-6 * p.NOpt);
    }

    /// <summary>As where compute counts more than 6 N D at small sizes: tokens do not follow from sizes.</summary>
    [Fact]
    public void Tokens_have_a_parabola_of_their_own()
    {
        var random = new SeededRandom(5);
        double[] budgets = [1e18, 1e19, 1e20, 1e21];
        List<Observation> points = [];
        foreach (var flops in budgets)
            points.AddRange(
                Profile(flops, 9, 6)
                    .Select(o =>
                        (o.N, D: o.D / (1 + 0.6 * Math.Pow(o.N / 3e7, -0.4)) * Math.Exp(0.05 * random.Normal()))
                    )
                    .Select(o => Measured(o.N, o.D, .002 * random.Normal()) with { Budget = flops, C = flops })
            );
        var fit = IsoFlop.Fit(points);
        Assert.Equal(4, fit.Used.Count);
        var (n, d) = (budgets.Select(c => Vertex(c, o => o.N)), budgets.Select(c => Vertex(c, o => o.D)));
        Assert.Equal(Slope(budgets, n), fit.NOpt!.Exponent, 1e-8);
        Assert.Equal(Slope(budgets, d), fit.DOpt!.Exponent, 1e-8);
        Assert.True(Math.Abs(fit.NOpt.Exponent + fit.DOpt.Exponent - 1) > 0.02);
        var caution = Assert.Single(
            IsoFlopFit.Fit("tokens", points, draws: 40).Cautions,
            c => c.Code == "exponents_do_not_add_up"
        );
        Assert.Contains(
            $"C / (N_opt D_opt) goes from {fit.Used[0].FlopsPerProduct:F2}",
            caution.Text,
            StringComparison.Ordinal
        );
        Assert.Equal(1e18 / (fit.Used[0].NOpt * fit.Used[0].DOpt), fit.Used[0].FlopsPerProduct, 1e-9);

        // Another way to the same parabola: the normal equations by Cramer's rule.
        double Vertex(double flops, Func<Observation, double> of)
        {
            var own = points.Where(o => o.Budget == flops).Select(o => (X: Math.Log(of(o)), o.Y)).ToList();
            var mean = own.Average(o => o.X);
            double S(int k, bool y = false) => own.Sum(o => Math.Pow(o.X - mean, k) * (y ? o.Y : 1));
            double Det(double[] r0, double[] r1, double[] r2) =>
                r0[0] * (r1[1] * r2[2] - r1[2] * r2[1])
                - r0[1] * (r1[0] * r2[2] - r1[2] * r2[0])
                + r0[2] * (r1[0] * r2[1] - r1[1] * r2[0]);
            var slope = Det([S(0), S(0, true), S(2)], [S(1), S(1, true), S(3)], [S(2), S(2, true), S(4)]);
            var bend = Det([S(0), S(1), S(0, true)], [S(1), S(2), S(1, true)], [S(2), S(3), S(2, true)]);
            return mean - slope / (2 * bend);
        }
    }

    [Fact]
    public void Rows_twice_change_no_interval()
    {
        var points = Study(noise: .004);
        var (once, twice) = (
            IsoFlopFit.Fit("once", points, draws: 200),
            IsoFlopFit.Fit("twice", [.. points, .. points], draws: 200)
        );
        Assert.Equal(once.NOpt.ExponentInterval!.Low, twice.NOpt.ExponentInterval!.Low, 1e-9);
        Assert.Equal(once.DOpt.ExponentInterval!.High, twice.DOpt.ExponentInterval!.High, 1e-9);
    }

    [Fact]
    public void Intervals_hold_the_truth_and_grow_with_the_scatter()
    {
        var (quiet, noisy) = (IsoFlopFit.Fit("x", Study(.002)), IsoFlopFit.Fit("x", Study(.008)));
        Assert.True(quiet.NOpt.ExponentInterval!.Contains(.28 / .62));
        Assert.True(noisy.DOpt.ExponentInterval!.Contains(.34 / .62));
        double Width(IsoFlopFit f) => f.NOpt.ExponentInterval!.High - f.NOpt.ExponentInterval.Low;
        Assert.InRange(Width(noisy) / Width(quiet), 2.5, 6);
        Assert.True(quiet.WithoutOne!.Value.N.Contains(quiet.NOpt.Exponent));
        Assert.Equal(quiet.NOpt.ExponentInterval, IsoFlopFit.Fit("x", Study(.002)).NOpt.ExponentInterval);
    }

    [Fact]
    public void Profiles_without_enough_sizes_or_an_optimum_are_left_out_by_name()
    {
        List<Observation> points = [.. Study(0), .. Profile(1e23, 4, 4), .. Profile(1e24, 12, 1e3).TakeLast(5)];
        var fit = IsoFlopFit.Fit("tnl", [.. points.Select((o, i) => o with { Cluster = i })], draws: 40);
        Assert.Equal(
            [
                new LeftOut("tnl, the budget of 1e23 FLOPs", 4, "approach 2: 4 sizes: a profile needs 5 or more"),
                new LeftOut(
                    "tnl, the budget of 1e24 FLOPs",
                    5,
                    "approach 2: the vertex lies outside the sizes measured"
                ),
            ],
            fit.LeftOut
        );
        Assert.Contains(
            new Caution(
                "no_vertex",
                "the budget of 1e24 FLOPs is left out: the vertex lies outside the sizes measured"
            ),
            fit.Cautions
        );
        var upside = points.Take(9).Select(o => o with { Y = 5 - o.Y }).ToList();
        Assert.Equal("the parabola over sizes opens downwards", IsoFlop.Fit(upside).Profiles[0].Problem);
        var e = Assert.Throws<LinearScalingException>(() => IsoFlopFit.Fit("tnl", upside));
        Assert.StartsWith(
            "tnl: approach 2 needs two budgets, each with 5 sizes about its optimum; the budget of 1e18 FLOPs: ",
            e.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Named_budgets_that_overlap_in_compute_are_named()
    {
        var random = new SeededRandom(1);
        List<Observation> points = [];
        foreach (var flops in new[] { 1e19, 2e19, 8e19, 8e20 })
            points.AddRange(
                Profile(flops, 9, 6)
                    .Select(o => Measured(o.N, o.D * Math.Exp(0.5 * random.Uniform()), 0) with { Budget = flops })
            );
        points[3] = points[3] with { C = 2.1e19 };
        var cautions = IsoFlopFit.Fit("x", points, draws: 40).Cautions;
        Assert.Contains(
            new Caution("budgets_overlap", "the budget of 1e19 FLOPs and the budget of 2e19 FLOPs overlap in C"),
            cautions
        );
        Assert.Contains(cautions, c => c.Code == "budgets_scatter");
    }

    [Fact]
    public void Of_a_run_the_last_row_counts_unless_budgets_are_named()
    {
        List<Observation> whole =
        [
            .. Study(0).SelectMany(o => new[] { Measured(o.N, o.D / 3, 0) with { Cluster = o.Cluster }, o }),
        ];
        var fit = IsoFlop.Fit(whole);
        Assert.Equal(whole.Count / 2, fit.Early);
        Assert.Equal(IsoFlop.Fit(Study(0)).NOpt, fit.NOpt);
    }

    /// <summary>A grid of sizes and tokens whose computes all differ has no budgets: none are made up.</summary>
    [Fact]
    public void A_grid_without_budgets_has_no_profile()
    {
        List<Observation> grid =
        [
            .. from i in Enumerable.Range(0, 12)
            from j in Enumerable.Range(0, 20)
            select Measured(Math.Pow(10, 7 + 0.27 * i), Math.Pow(10, 8 + 0.17 * j), 0) with
            {
                Cluster = 20 * i + j,
            },
        ];
        Assert.Empty(IsoFlop.Fit(grid).Used);
    }

    private static double Slope(double[] flops, IEnumerable<double> logs) =>
        LogLogLine.Fit(flops, [.. logs.Select(Math.Exp)])!.Exponent;

    /// <summary>Five budgets of nine sizes, each a run.</summary>
    private static List<Observation> Study(double noise)
    {
        var random = new SeededRandom(11);
        return
        [
            .. Budgets
                .SelectMany(c => Profile(c, 9, 8))
                .Select((o, i) => Measured(o.N, o.D, noise * random.Normal()) with { Cluster = i }),
        ];
    }

    /// <summary>Sizes about the optimum of a budget, up to a factor away.</summary>
    private static IEnumerable<Observation> Profile(double flops, int sizes, double factor)
    {
        var center = Allocation.Optimize(new Chinchilla(), Surface, flops, FlopsRule.SixNd).N;
        return Enumerable
            .Range(0, sizes)
            .Select(i => center * Math.Pow(factor, 2.0 * i / (sizes - 1) - 1))
            .Select((n, i) => Measured(n, flops / (6 * n), 0) with { Cluster = (int)(1000 * Math.Log(flops)) + i });
    }

    private static Observation Measured(double n, double d, double noise)
    {
        var point = Observation.At(n, d, 0);
        return point with { Y = new Chinchilla().Predict(Surface, point) * Math.Exp(noise) };
    }
}
