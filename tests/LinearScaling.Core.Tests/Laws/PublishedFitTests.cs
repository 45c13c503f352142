using LinearScaling.Laws;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Fits of the literature, reproduced from their data.</summary>
public class PublishedFitTests
{
    private static readonly double[] Hoffmann = [.. PublishedLaws.Named("hoffmann2022")[0].Coefficients.Values];

    [Theory]
    [InlineData(1e-3, 1.817218, 477.826, 2143.42, .347310, .367172)]
    [InlineData(1e-4, 1.81582, 478.69, 2065.4, .34741, .36539)]
    [InlineData(1e-2, 1.83808, 538.75, 2905.6, .35442, .38154)]
    [InlineData(1e-1, 1.86455, 593.3, 4875.6, .36025, .40588)]
    public void Besiroglus_refit_of_chinchilla_is_reproduced_at_every_delta(
        double delta,
        double e,
        double a,
        double b,
        double alpha,
        double beta
    )
    {
        var fit = ParametricFit.Fit(new Chinchilla(), PublishedData.Hoffmann(), new(true, delta), starts: 40);
        Near(1e-5, e, fit["E"]);
        Near(1e-4, a, fit["A"]);
        Near(1e-4, b, fit["B"]);
        Near(2e-5, alpha, fit["alpha"]);
        Near(2e-5, beta, fit["beta"]);
        Assert.Equal(fit.Certificate.Polished, fit.Certificate.Agreeing);
        Assert.True(fit.Certificate.PromisedDecrease < 1e-12);
        if (delta == 1e-3)
            Assert.InRange(fit.Objective, .00101827401, .0010182741);
    }

    [Fact]
    public void The_variant_with_all_245_rows_is_reproduced()
    {
        var fit = ParametricFit.Fit(new Chinchilla(), PublishedData.Hoffmann(dropWorst: 0), starts: 40);
        Near(2e-5, .0018260105, fit.Objective);
        Near(5e-5, 1.8913, fit["E"]);
        Near(2e-5, 495.73, fit["A"]);
        Near(2e-5, 12845.6, fit["B"]);
        Near(2e-5, .34931, fit["alpha"]);
        Near(2e-5, .45305, fit["beta"]);
    }

    [Fact]
    public void Hoffmanns_constants_have_the_objectives_that_were_recomputed()
    {
        var problem = new FitProblem(new Chinchilla(), PublishedData.Hoffmann(), FitLoss.LogHuber);
        Near(1e-6, .0012311626, problem.Evaluate(problem.Form.ToFitSpace(Hoffmann)));
        Near(1e-4, .0041210, problem.Evaluate(problem.Form.ToFitSpace([1.69, 406.4, 410.7, .34, .28])));
    }

    [Fact]
    public void The_likelihood_ratio_against_hoffmanns_constants_is_84()
    {
        var fit = ParametricFit.Fit(new Chinchilla(), PublishedData.Hoffmann(), starts: 20);
        Assert.Equal(84.00, Likelihood.RatioAgainst(fit, Hoffmann), 0.01);
        // Besiroglu et al. publish the maximum-likelihood coefficients, not those of delta 1e-3.
        var published = fit.Form.FromFitSpace(Likelihood.LeastAbsolute(fit));
        Near(2e-4, 482.01, published[1]);
        Near(2e-4, 2085.43, published[2]);
    }

    [Fact]
    public void Bootstrap_standard_errors_agree_with_the_published_ones()
    {
        var bootstrap = Bootstrap.Draw(
            ParametricFit.Fit(new Chinchilla(), PublishedData.Hoffmann(), starts: 20),
            draws: 1000
        );
        double[] published = [.0257, 124.52, 1293.28, .0154, .0206];
        for (var k = 0; k < 5; k++)
            Assert.InRange(bootstrap.StandardError(k) / published[k], 0.92, 1.08);
    }

    [Fact]
    public void Plain_least_squares_agrees_with_variable_projection_and_with_the_published_fit()
    {
        var points = PublishedData
            .Hoffmann(5, "Training FLOP<1e21")
            .Select(o => Observation.At(o.N / 1e6, o.D / 1e9, o.Y))
            .ToList();
        Assert.Equal(217, points.Count);
        var fit = ParametricFit.Fit(new Chinchilla(), points, FitLoss.Squared, starts: 40);
        double[] published = [1.905092, 4.000522, 1.050948, .351058, .458742];
        var (projected, squares) = VariableProjection.Fit(points, relative: false);
        for (var k = 0; k < 5; k++)
        {
            Near(2e-6, published[k], fit.Coefficients[k]);
            Near(1e-5, published[k], projected[k]);
        }
        Near(1e-6, .0624143, fit.Objective);
        Near(1e-6, .0624143, squares);
        Assert.InRange(fit.Certificate.VariableProjectionGap!.Value, -1e-6, 1e-6);
    }

    [Theory]
    [InlineData("rw", "base", "long", "kaplan", "kaplan", .8353)]
    [InlineData("rw", "base", "long", "kaplan", "standard", .7065)]
    [InlineData("rw", "base", "short", "kaplan", "standard", .6020)]
    [InlineData("rw", "base", "short", "chinchilla", "standard", .5715)]
    [InlineData("rw", "tuned", "short", "const", "standard", .4969)]
    [InlineData("owt2", "base", "long", "kaplan", "kaplan", .8635)]
    [InlineData("owt2", "base", "long", "kaplan", "standard", .6985)]
    [InlineData("owt2", "base", "short", "kaplan", "standard", .6032)]
    [InlineData("owt2", "base", "short", "chinchilla", "standard", .5743)]
    [InlineData("owt2", "tuned", "short", "const", "standard", .5185)]
    public void Porians_exponents_of_optimal_size_are_reproduced(
        string dataset,
        string hparams,
        string warmup,
        string decay,
        string count,
        double exponent
    )
    {
        var points = new TablePoints(
            PublishedData.File("formll/optimal_pairs.csv"),
            TablePoints.ParseColumns("C=flops,L=n,SE=n_star_std"),
            "6nd",
            0,
            [$"dataset={dataset}", $"hparams={hparams}", $"warmup={warmup}", $"decay={decay}", $"param_count={count}"]
        )
            .Read()
            .Groups[0]
            .Points;
        var line = LogLogLine.Fit(
            [.. points.Select(o => o.C)],
            [.. points.Select(o => o.Y)],
            [.. points.Select(o => o.Weight)]
        )!;
        Assert.Equal(exponent, line.Exponent, 5e-5);
        // The same by the general fitter.
        Assert.Equal(line.Exponent, ParametricFit.Fit(new PowerLaw(), points, starts: 8)["exponent"], 1e-8);
    }

    [Theory]
    [InlineData("rpj", 166.2110, 366.6872, -.272851, 1.836648)]
    [InlineData("c4_original", 113.69, 189.52, -.24247, 1.50826)]
    [InlineData("rw_original", 125.10, 246.21, -.25440, 1.73446)]
    public void Gadres_over_training_law_is_reproduced_from_five_small_models(
        string dataset,
        double a,
        double b,
        double eta,
        double e
    )
    {
        var fit = ParametricFit.Fit(new Gadre(), FivePoints(dataset), starts: 60);
        Near(5e-5, a, fit["a"]);
        Near(5e-5, b, fit["b"]);
        Near(5e-5, eta, fit["eta"]);
        Near(5e-5, e, fit["E"]);
    }

    [Fact]
    public void Gadres_held_out_errors_are_reproduced()
    {
        const string loss = "N=N,D=D,L=loss_c4_val",
            error = "X=loss_c4_val,L=err_avg_subset";
        var law = ParametricFit.Fit(new Gadre(), FivePoints("rpj"), starts: 60);
        var large = new[]
        {
            (Name: "open_lm_1b", Mult: "32.0", Loss: .7103, Error: 3.6365),
            (Name: "open_lm_7b", Mult: "1.0", Loss: .7320, Error: .0464),
        };
        var small = Small("rpj", error)
            .Concat(PublishedData.Gadre(error, "dataset_name=rpj", "model_name=open_lm_1b", "cc_mult=1.0"))
            .ToList();
        var errors = ParametricFit.Fit(new GadreError(), small, starts: 60);
        Near(1e-4, 2.20649, errors["k"]);
        Near(1e-4, .71459, errors["gamma"]);
        Near(1e-4, .85699, errors["epsilon"]);
        foreach (var m in large)
        {
            var measured = PublishedData.Gadre(loss, "dataset_name=rpj", $"model_name={m.Name}", $"cc_mult={m.Mult}")[
                0
            ];
            var predicted = law.Predict(measured);
            Assert.Equal(m.Loss, 100 * Math.Abs(predicted / measured.Y - 1), 1e-4);
            var truth = PublishedData
                .Gadre(error, "dataset_name=rpj", $"model_name={m.Name}", $"cc_mult={m.Mult}")[0]
                .Y;
            Assert.Equal(m.Error, 100 * Math.Abs(errors.Predict(Observation.OfX(predicted, 0)) / truth - 1), 1e-4);
        }
    }

    /// <summary>Four sizes at 20 tokens a parameter and the smallest at 320.</summary>
    private static List<Observation> FivePoints(string dataset) => Small(dataset, "N=N,D=D,L=loss_c4_val");

    private static List<Observation> Small(string dataset, string columns) =>
        [
            .. PublishedData.Gadre(columns, $"dataset_name={dataset}", "cc_mult=1.0", "N<1e9"),
            .. PublishedData.Gadre(columns, $"dataset_name={dataset}", "cc_mult=16.0", "N<5e7"),
        ];

    private static void Near(double relative, double expected, double actual) =>
        Assert.Equal(expected, actual, Math.Abs(expected) * relative);
}
