using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Tests.Laws.Observational;

public sealed class ObservationalAnalysisTests
{
    [Fact]
    public void A_clean_table_gives_its_components_lines_and_target_back()
    {
        var a = Analyze(SyntheticScores.Table(noise: 0, gaps: 0));
        Assert.Equal(1, a.Space.Components.Explained.Take(2).Sum(), 1e-9);
        Assert.True(a.Space.Components.Explained[2] < 1e-12);
        for (var family = 0; family < SyntheticScores.Families; family++)
        {
            // The span of the first two components is that of the true directions; so is each family's line on it.
            var line = a.Lines.Single(l => l.Family == $"f{family}");
            Assert.Equal(SyntheticScores.FamilySize, line.Models);
            Assert.True(line.RSquared > 0.9);
        }
        Assert.Equal(0.1, a.Target!.Floor, 1e-6);
        Assert.Equal(1, a.Target.Fit.RSquared, 1e-9);
        foreach (var (m, i) in a.Table.Models.Select((m, i) => (m, i)))
            Assert.Equal(m.Target, a.Target.Predict(a.Places[i]), 1e-6);
    }

    [Fact]
    public void A_scattered_table_with_gaps_gives_them_within_its_noise()
    {
        var a = Analyze(SyntheticScores.Table(noise: 0.01, gaps: 0.1));
        var first = a.Space.Components.Directions[0];
        Assert.True(first.Zip(SyntheticScores.Directions[0], (x, y) => x * y).Sum() > 0.99);
        for (var j = 0; j < first.Length; j++)
            Assert.True(a.LoadingInterval(0, j)!.Contains(first[j]));
        Assert.Equal(0.1, a.Target!.Floor, 0.03);
        Assert.True(a.CoefficientInterval(0)!.Contains(0.1));
        Assert.DoesNotContain(
            a.Cautions,
            c => c.Code is "gaps" or "mixed_signs" or "explains_little" or "extrapolation"
        );
    }

    [Fact]
    public void A_line_is_that_of_the_normal_equations_and_inverts()
    {
        (double, double)[] models = [(1e20, 0.1), (1e21, 0.25), (1e22, 0.3), (1e23, 0.45), (double.NaN, 9)];
        var line = FamilyLine.Fit("f", models)!;
        // x = 20 ... 23 about 21.5: slope = sum of dx dy / 5, by hand
        Assert.Equal(4, line.Models);
        Assert.Equal(0.11, line.Slope, 1e-12);
        Assert.Equal(0.275 - 0.11 * 21.5, line.Intercept, 1e-12);
        Assert.Equal(1 - 0.002 / 0.0625, line.RSquared, 1e-9);
        Assert.Equal(22.3, line.LogFlopsFor(line.At(Math.Pow(10, 22.3))), 1e-9);
        Assert.Null(FamilyLine.Fit("f", models[..2]));
        Assert.Null(FamilyLine.Fit("f", [(1e20, 1), (1e20, 2), (1e20, 3)]));
    }

    /// <summary>Of a line through five points with normal errors, 95 % intervals of the slope should hold the truth in
    /// 95 % of tables; a resampling of the five holds it in about 80 %.</summary>
    [Fact]
    public void Drawn_slopes_of_short_families_cover_the_truth()
    {
        var random = new SeededRandom(3);
        var held = 0;
        const int tables = 400;
        for (var t = 0; t < tables; t++)
        {
            var models = Enumerable
                .Range(0, 5)
                .Select(k => (Math.Pow(10, 20 + k), 0.15 * k + 0.02 * random.Normal()))
                .ToList();
            var line = FamilyLine.Fit("f", models)!;
            var slopes = Enumerable.Range(0, 300).Select(_ => line.Draw(random).Slope);
            held += Interval.Percentile(slopes)!.Contains(0.15) ? 1 : 0;
        }
        Assert.InRange(held / (double)tables, 0.92, 0.98);
    }

    [Fact]
    public void The_reference_is_the_sound_line_that_spans_most_models()
    {
        FamilyLine Line(string family, int count, double from, double bend) =>
            FamilyLine.Fit(
                family,
                [.. Enumerable.Range(0, count).Select(k => (Math.Pow(10, from + k), 0.1 * k + (k % 2 == 0 ? bend : 0)))]
            )!;
        double[] capabilities = [.. Enumerable.Range(0, 10).Select(k => 0.1 * k)];
        var (narrow, wide) = (Line("narrow", 5, 20, 0), Line("wide", 8, 20, 0));
        var (scattered, few) = (Line("scattered", 10, 20, 0.9), Line("few", 4, 20, 0));
        Assert.Equal("wide", ReferenceFamily.Choose([narrow, scattered, few, wide], capabilities)!.Family);
        Assert.Equal("few", ReferenceFamily.Choose([few], capabilities)!.Family);
        Assert.Null(ReferenceFamily.Choose([], capabilities));
    }

    [Fact]
    public void Equivalent_compute_of_the_reference_family_is_its_own()
    {
        var a = Analyze(SyntheticScores.Table(0.005, 0), target: false, new() { Reference = "f3", Draws = 60 });
        Assert.Equal("f3", a.Reference!.Family);
        foreach (var (m, e) in a.Table.Models.Zip(a.Equivalents).Where(p => p.First.Family == "f3"))
            Assert.Equal(m.LogFlops, e.LogFlops, 0.6);
        // The better recipe needs more of the reference's compute: f11 lies 0.16 above f3 at 1e22, over 0.13 a decade.
        var ratio = a
            .Table.Models.Zip(a.Equivalents)
            .Where(p => p.First.Family == "f11")
            .Average(p => p.Second.LogFlops - p.First.LogFlops);
        Assert.InRange(ratio, 0.8, 1.7);
        Assert.All(a.Equivalents, e => Assert.True(e.Interval!.Low <= e.LogFlops && e.LogFlops <= e.Interval.High));
    }

    [Fact]
    public void Held_out_models_do_not_move_the_fit_that_predicts_them()
    {
        var table = SyntheticScores.Table(0.01, 0.1);
        HoldOutRule rule = new(1e22, null, []);
        var before = Analyze(table, true, new() { HoldOut = rule, Draws = 40 }).HoldOut!;
        var spoilt = table with
        {
            Models = [.. table.Models.Select(m => rule.HoldsOut(m) ? m with { Target = 1 - m.Target } : m)],
        };
        var after = Analyze(spoilt, true, new() { HoldOut = rule, Draws = 40 }).HoldOut!;
        Assert.Equal(before.Models.Select(m => m.Predicted), after.Models.Select(m => m.Predicted));
        Assert.Equal(before.Errors.Select(e => e.FitAbsolute), after.Errors.Select(e => e.FitAbsolute));
        Assert.True(after.Errors[^1].Absolute > before.Errors[^1].Absolute);
    }

    [Fact]
    public void Errors_of_both_sides_are_those_of_the_predictions()
    {
        var table = SyntheticScores.Table(0.02, 0.1);
        var held = Analyze(table, true, new() { HoldOut = new(null, new(2024, 1, 1), []), Draws = 200 }).HoldOut!;
        Assert.Equal(12, held.Models.Count); // the largest size of every family came in 2024
        var errors = held.Errors[^1];
        Assert.Equal(("3 components", 48, 12), (errors.Predictor, errors.Fitted, errors.HeldOut));
        Assert.Equal(held.Models.Average(m => Math.Pow(m.Predicted - m.Measured, 2)), errors.Squared, 1e-12);
        Assert.Equal(held.Models.Average(m => Math.Abs(m.Predicted - m.Measured)), errors.Absolute, 1e-12);
        Assert.Equal(held.Models.Average(m => m.Predicted - m.Measured), errors.Bias, 1e-12);
        Assert.True(held.Models.Count(m => m.Interval!.Contains(m.Measured)) >= 9);
        Assert.Equal(["log10 C", "1 component", "2 components", "3 components"], held.Errors.Select(e => e.Predictor));
    }

    [Fact]
    public void A_model_named_is_held_out_and_one_that_is_not_there_is_refused_by_name()
    {
        var table = SyntheticScores.Table(0.02, 0);
        var held = Analyze(table, true, new() { HoldOut = new(null, null, ["f3-s4"]), Draws = 20 }).HoldOut!;
        Assert.Equal("f3-s4", Assert.Single(held.Models).Name);
        var e = Assert.Throws<LinearScalingException>(() =>
            Analyze(table, true, new() { HoldOut = new(null, null, ["f3-s9"]) })
        );
        Assert.StartsWith("--hold-out: unknown model 'f3-s9'; did you mean f3-s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_compute_and_dates_lie_on_the_side_that_is_held_out()
    {
        var model = new ScoredModel("m", "f", double.NaN, null, [0.5], 0.5);
        Assert.True(new HoldOutRule(1e22, null, []).HoldsOut(model));
        Assert.True(new HoldOutRule(null, new(2024, 1, 1), []).HoldsOut(model));
        Assert.False(new HoldOutRule(null, null, ["other"]).HoldsOut(model));
        Assert.False(new HoldOutRule(1e22, null, []).HoldsOut(model with { Flops = 1e22 }));
    }

    [Fact]
    public void A_known_chance_level_is_the_floor()
    {
        var a = Analyze(SyntheticScores.Table(0.01, 0), true, new() { Chance = 0.1, Draws = 40 });
        Assert.Equal(0.1, a.Target!.Floor);
        Assert.Equal(4, a.Target.Fit.Coefficients.Length); // intercept and three weights
        Assert.True(a.Target.Fit.RSquared > 0.99);
    }

    [Fact]
    public void Draws_do_not_depend_on_threads_and_families_scatter_more_than_models()
    {
        var table = SyntheticScores.Table(0.02, 0.1);
        var (once, again) = (Analyze(table, false), Analyze(table, false));
        Assert.Equal(once.ExplainedInterval(0), again.ExplainedInterval(0));
        var models = Analyze(table, false, new() { ByFamily = false, Draws = 200 });
        Assert.NotEqual(once.ExplainedInterval(0), models.ExplainedInterval(0));
    }

    [Fact]
    public void Poor_tables_are_cautioned_against()
    {
        var whole = SyntheticScores.Table(0.02, 0.1);
        var random = new SeededRandom(1);
        var few = whole with
        {
            Models =
            [
                .. whole
                    .Models.Take(15)
                    .Select(m =>
                        m with
                        {
                            Scores = [.. m.Scores.Select((v, j) => j < 3 ? 0.2 + 0.6 * random.Uniform() : v)],
                            Flops = m.Flops / 1e21,
                            Target = random.Uniform(),
                        }
                    ),
            ],
        };
        var codes = Analyze(few).Cautions.Select(c => c.Code).ToList();
        foreach (var code in new[] { "few_models", "few_families", "units", "no_common_factor", "explains_little" })
            Assert.Contains(code, codes);
    }

    private static ObservationalAnalysis Analyze(
        ScoreTable table,
        bool target = true,
        ObservationalOptions? options = null
    ) => ObservationalAnalysis.Analyze(target ? table : table with { Target = null }, options ?? new() { Draws = 200 });
}
