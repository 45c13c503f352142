using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Cli.Planning;

/// <summary><c>lcs plan --law</c> through the command line.</summary>
public sealed partial class LawPlanTests(FittedLaws fitted) : IClassFixture<FittedLaws>
{
    [Fact]
    public async Task A_loss_for_tokens_served_is_planned_with_intervals_and_what_training_alone_would_choose()
    {
        var text = await Text("--target-loss", "2.2", "--served", "2e12", "--law", fitted.Law);
        Assert.StartsWith(
            "L 2.2 with the least compute of training and of serving 2e+12 tokens (C = 6ND), by points: L = E + ",
            text,
            StringComparison.Ordinal
        );
        Assert.Matches(@"\n +optimum +95 % +trained alone\n", text);
        Assert.Matches(@"\nparameters N +\S+ +\[\S+, \S+\] +\S+\n", text);
        Assert.Matches(
            @"\ntrained alone: of the same loss, and the cheapest to train; over its life it costs \+\d",
            text
        );
        Assert.Matches(@"\noff the optimum: ", text);
        Assert.Equal(5, Sizes().Count(text));

        var plan = await Json("--target-loss", "2.2", "--served", "2e12", "--law", fitted.Law);
        var (n, d) = (plan.GetProperty("n").GetDouble(), plan.GetProperty("d").GetDouble());
        Assert.Equal(6 * n * d + 2 * n * 2e12, plan.GetProperty("flops").GetDouble(), 1e-9 * 6 * n * d);
        Assert.Equal(2 * n * 2e12, plan.GetProperty("serving_flops").GetDouble(), 1e-9 * n * 2e12);
        Assert.Equal(2.2, Law.Load(fitted.Law).Surface().Loss(n, d), 1e-9);
        var interval = plan.GetProperty("flops_interval");
        Assert.InRange(
            plan.GetProperty("flops").GetDouble(),
            interval.GetProperty("low").GetDouble(),
            interval.GetProperty("high").GetDouble()
        );
        Assert.True(n < plan.GetProperty("trained_alone").GetProperty("n").GetDouble());
        Assert.Equal(5, plan.GetProperty("off_optimum").GetArrayLength());
    }

    [Fact]
    public async Task A_budget_keeps_its_figures_and_shows_other_sizes()
    {
        var text = await Text("--budget", "1e21", "--law", fitted.Law);
        Assert.StartsWith("1e+21 FLOPs (C = 6ND), 11.57 PFLOP/s-days, by points: ", text, StringComparison.Ordinal);
        Assert.Matches(@"\n1 times +\S+ +\S+ +\S+ +\d\.\d{4} +\[\S+, \S+\] +0\.00% +\[0\.00%, \+\S+%\]", text);
        var plan = await Json("--budget", "1e21", "--law", fitted.Law);
        Assert.Equal(Law.Load(fitted.Law).Optimal(1e21).N, plan.GetProperty("n").GetDouble());
        Assert.True(plan.TryGetProperty("n_interval", out _));
        Assert.False(plan.TryGetProperty("next_experiment", out _));
        // Serving takes its part of the same compute.
        var served = await Json("--budget", "1e21", "--served", "1e11", "--law", fitted.Law);
        Assert.True(served.GetProperty("n").GetDouble() < plan.GetProperty("n").GetDouble());
        Assert.True(served.GetProperty("loss").GetDouble() > plan.GetProperty("loss").GetDouble());
    }

    [Fact]
    public async Task The_next_run_is_chosen_from_a_grid_or_from_a_list()
    {
        var text = await Text("--budget", "1e22", "--affordable", "1e20", "--law", fitted.Law);
        Assert.Matches(
            @"\nthe next run: what each would narrow the prediction of L \d\.\d{4} at N \S+, D \S+ by, ",
            text
        );
        var next = (await Json("--budget", "1e22", "--affordable", "1e20", "--law", fitted.Law)).GetProperty(
            "next_experiment"
        );
        var ranked = next.GetProperty("ranked").EnumerateArray().ToList();
        Assert.Equal(15, ranked.Count);
        Assert.Equal(
            ranked.Select(r => r.GetProperty("narrowing_per_flop").GetDouble()).OrderDescending(),
            ranked.Select(r => r.GetProperty("narrowing_per_flop").GetDouble())
        );

        text = await Text(
            "--target-loss",
            "2.1",
            "--candidates",
            "1e8:2e9,1e9:2e10,1e10:2e11",
            "--affordable",
            "1.3e20",
            "--law",
            fitted.Law
        );
        Assert.EndsWith(
            "left out: 1 of the candidates cost more than --affordable",
            Findings(text),
            StringComparison.Ordinal
        );
        Assert.Matches(@"\n1e\+8 +2e\+9 +1\.2e\+18 +\[\S+, \S+\] +\[\S+, \S+\] +\S+ +\S+\n", text);
        Assert.DoesNotContain("1e+10 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_score_that_follows_from_the_loss_is_planned_with_it()
    {
        var law = Law.Load(fitted.WithScore);
        var text = await Text("--budget", "1e21", "--law", fitted.WithScore);
        Assert.Matches(@"\nscore +0\.\d{4} +\[0\.\d{4}, 0\.\d{4}\]\n", text);
        var plan = await Json("--budget", "1e21", "--law", fitted.WithScore);
        var score = Assert.Single(plan.GetProperty("metrics").EnumerateArray());
        Assert.Equal("score", score.GetProperty("metric").GetString());
        var value = score.GetProperty("value").GetDouble();
        Assert.Equal(law.Links[0].At(plan.GetProperty("loss").GetDouble()), value, 1e-9);
        Assert.Equal(FittedLaws.Score(law.LossAt(1e21)), value, 5e-3);
        var interval = score.GetProperty("interval");
        Assert.InRange(value, interval.GetProperty("low").GetDouble(), interval.GetProperty("high").GetDouble());
        // For a loss to be reached too, served or not.
        text = await Text("--target-loss", "2.2", "--served", "2e12", "--law", fitted.WithScore);
        Assert.Matches(@"\nscore +0\.\d+ +\[0\.\d+, 0\.\d+\] +0\.\d+\n?", text);
        Assert.False((await Json("--budget", "1e21", "--law", fitted.Law)).TryGetProperty("metrics", out _));
    }

    [Fact]
    public async Task A_law_without_covariance_plans_without_intervals()
    {
        var text = await Text("--target-loss", "2.1", "--law", "epoch2024");
        Assert.StartsWith(
            "loss 2.1 with the least compute of training (C = 6ND), by epoch2024: ",
            text,
            StringComparison.Ordinal
        );
        Assert.Matches(@"\nparameters N +\S+ +-\n", text);
        Assert.DoesNotContain("trained alone", text, StringComparison.Ordinal);
        // No surface, no other sizes; the budget is spent all the same.
        Assert.DoesNotContain(
            "off the optimum",
            await Text("--budget", "1e21", "--law", "kaplan2020"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_some_draws_never_reach_has_no_upper_end()
    {
        var law = Law.Load(fitted.Law);
        var (path, least) = (Path.GetTempFileName(), law.Surface().LeastLoss);
        // E alone is uncertain, by 1 % of itself.
        (
            law with
            {
                FitCovariance = [.. Enumerable.Range(0, 5).Select(i => new[] { i == 0 ? 1e-4 : 0, 0, 0, 0, 0.0 })],
            }
        ).Save(path);
        var loss = (least * 1.005).ToString("R", CultureInfo.InvariantCulture);
        var text = await Text("--target-loss", loss, "--law", path);
        Assert.Matches(@"\nparameters N +\S+ +above \S+", text);
        Assert.Matches(@"\nby 3\d(\.\d)? % of the surfaces that the fit leaves possible, no compute reaches it", text);
        var plan = await Json("--target-loss", loss, "--law", path);
        Assert.Equal("Infinity", plan.GetProperty("n_interval").GetProperty("high").GetString());
        File.Delete(path);
    }

    [Fact]
    public async Task A_law_file_of_an_older_lcs_still_spends_a_budget_and_says_what_it_lacks()
    {
        var path = Path.GetTempFileName();
        (Law.Load(fitted.Law) with { ResidualScatter = null }).Save(path);
        await File.WriteAllTextAsync(
            path,
            (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Replace(
                "  \"residual_scatter\": null,\n",
                "",
                StringComparison.Ordinal
            ),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(0, (await Lcs.RunAsync("plan", "--budget", "1e21", "--law", path)).ExitCode);
        var (code, _, error) = await Lcs.RunAsync("plan", "--budget", "1e21", "--law", path, "--affordable", "1e19");
        Assert.Equal(
            (
                2,
                "law 'points' does not say how far its points lie from it (residual_scatter): it has no more points "
                    + "than coefficients, or an older lcs wrote it; fit again\n"
            ),
            (code, error)
        );
        File.Delete(path);
    }

    private static async Task<string> Text(params string[] args)
    {
        var (code, output, error) = await Lcs.RunAsync(["plan", .. args]);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private static async Task<JsonElement> Json(params string[] args) =>
        JsonDocument.Parse(await Text([.. args, "--json"])).RootElement;

    /// <summary>What stands above the law's cautions.</summary>
    private static string Findings(string text) =>
        string.Join(
            '\n',
            text.TrimEnd().Split('\n').Where(l => !l.StartsWith("not to be trusted", StringComparison.Ordinal))
        );

    [GeneratedRegex(@"^(0\.25|0\.5|1|2|4) times ", RegexOptions.Multiline)]
    private static partial Regex Sizes();
}
