using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;
using MathNet.Numerics.LinearRegression;

namespace LinearScaling.Tests.Laws;

/// <summary>Forms with their papers' coefficients give what the papers print.</summary>
public class PublishedFormTests
{
    /// <summary>Muennighoff et al.: E, A, B, alpha, beta, rd_star, rn_star (appendix A, table 1).</summary>
    private static readonly double[] Muennighoff =
    [
        Math.Exp(0.6254804),
        Math.Exp(6.255414),
        Math.Exp(7.3049974),
        0.3526596,
        0.3526596,
        15.387756,
        5.309743,
    ];

    // huggingface/datablations, README, "Parametric Fit": two models of figure 1.
    [Theory]
    [InlineData(6.34e9, 242e9, 25e9, 2.2256440889984477)]
    [InlineData(8.67e9, 178e9, 25e9, 2.2269634075087867)]
    public void The_data_constrained_surface_gives_its_papers_losses(double n, double d, double unique, double loss) =>
        Assert.Equal(loss, Constrained(n, d, unique), 1e-12);

    /// <summary>The same page: 8.67e9 parameters times 178e9 tokens are best spent as 6.8e9 and 227e9, 9.1
    /// epochs.</summary>
    [Fact]
    public void The_data_constrained_surface_has_its_papers_optimum()
    {
        var best = Enumerable
            .Range(0, 2001)
            .Select(i => Math.Pow(3, i / 1000.0 - 1))
            .MinBy(f => Constrained(8.67e9 / f, 178e9 * f, 25e9));
        Assert.Equal(227e9, 178e9 * best, 0.5e9);
        Assert.Equal(6.8e9, 8.67e9 / best, 0.05e9);
        Assert.Equal(9.1, 178e9 * best / 25e9, 0.05);
    }

    [Fact]
    public void Without_repetition_or_excess_the_data_constrained_surface_is_chinchillas()
    {
        for (var d = 1e9; d < 1e13; d *= 30)
        {
            var at = Observation.At(0.04 * d, d, 0); // below 0.051 D, the optimum of these constants
            var chinchilla = new Chinchilla().Predict(Muennighoff[..5], at);
            Assert.Equal(chinchilla, new DataConstrained().Predict(Muennighoff, at), 1e-12);
            Assert.Equal(chinchilla, Constrained(0.04 * d, d, d), 1e-12);
            Assert.Equal(chinchilla, Constrained(0.04 * d, d, 5 * d), 1e-12); // more data than are seen
        }
    }

    [Fact]
    public void Few_epochs_leave_the_decay_of_repeated_tokens_open_and_the_fit_says_so()
    {
        var few = Scattered([1, 1.5, 2], noise: 0.003);
        Assert.Contains(few.Cautions, c => c.Code == "few_epochs");
        Assert.Contains(
            few.Cautions,
            c => c.Code == "flat_direction" && c.Text.StartsWith("rd_star", StringComparison.Ordinal)
        );
        var many = Scattered([1, 4, 16, 64], noise: 0.0003);
        Assert.DoesNotContain(many.Cautions, c => c.Code is "few_epochs" or "no_excess" or "flat_direction");
        Assert.Equal(15.4, many.Fit["rd_star"], 1.0);
        Assert.Equal(5.3, many.Fit["rn_star"], 1.0);
    }

    // Brandfonbrener et al., KempnerInstitute/loss-to-loss-notebooks: fits from losses on FineWeb-Edu to those on other
    // data, of models of up to 1e20 FLOPs (kappa and K as its train-to-train table prints them, E1 from
    // data/opt_params_data.csv), and what models of 1e21 FLOPs have, which are not among them (data/extrapolation.csv).
    [Theory]
    [InlineData(1.00047, 1.01443, 2.17001, 2.32825)] // FineWeb
    [InlineData(1.06626, 0.60489, 1.31911, 1.40324)] // ProofPile 2
    [InlineData(0.96978, 1.05400, 1.96724, 2.17389)] // SlimPajama
    [InlineData(1.00622, 1.07023, 1.53402, 1.71375)] // SmolLM Corpus
    [InlineData(1.10024, 0.63310, 0.84525, 0.94772)] // StarCoder
    public void One_loss_predicts_another_as_in_its_paper(double kappa, double k, double e1, double loss)
    {
        var predicted = new LossToLoss().Predict([k, kappa, 1.96691, e1], Observation.OfX(2.12626, 0));
        Assert.Equal(1, predicted / loss, 0.02);
    }

    /// <summary>McLeish et al., mcleish7/gemstone-scaling-laws, after the cooldown, delta 1e-3: E, and A and alpha of
    /// width, depth, parameters and tokens.</summary>
    private static readonly double[] Gemstones =
    [
        Math.Exp(0.5874913187),
        Math.Exp(1.5262220266),
        0.3540096969,
        Math.Exp(-0.1780173948),
        0.464087269,
        Math.Exp(6.3319550722),
        0.3941362557,
        Math.Exp(11.5393125864),
        0.5364845902,
    ];

    private static readonly LawForm Shape = LawForm.Named("additive").Over(["width", "depth", "N", "D"]);

    // Rows 1, 41, 81 and 161 of its wandb_df_for_fitting_cool_end.jsonl.
    [Theory]
    [InlineData(1024, 28, 543482880, 10997465088, 3.0146045685)]
    [InlineData(1792, 18, 1047397120, 10997465088, 2.9508826733)]
    [InlineData(256, 23, 48377600, 10997465088, 3.5110182762)]
    [InlineData(512, 13, 102643200, 22003318784, 3.2067241669)]
    public void Width_depth_size_and_tokens_add_up_to_its_papers_losses(
        double width,
        double depth,
        double n,
        double d,
        double loss
    )
    {
        var at = Observation.At(n, d, loss) with { Others = [width, depth, n, d] };
        Assert.Equal(1, Shape.Predict(Gemstones, at) / loss, 0.025);
    }

    [Fact]
    public void A_fit_over_four_columns_is_no_worse_than_the_published_one_of_its_135_000_starts()
    {
        var points = new TablePoints(
            PublishedData.File("gemstones/wandb_df_for_fitting_cool_end.jsonl"),
            TablePoints.ParseColumns("width=width,depth=depth,N=params_active_precise,D=tokens,L=final_loss", Shape),
            "6nd",
            0,
            []
        )
        {
            Others = Shape.Columns,
        }
            .Read()
            .Groups[0]
            .Points;
        Assert.Equal(199, points.Count);
        var fit = ParametricFit.Fit(Shape, points, starts: 20);
        Assert.Equal(0.0008107426, fit.Problem.Evaluate(Shape.ToFitSpace(Gemstones)), 1e-9);
        Assert.InRange(fit.Objective, 0.00080, 0.0008107426);
        Assert.True(fit.Certificate.PromisedDecrease < 1e-8, $"{fit.Objective:G8}");
        for (var k = 2; k < Gemstones.Length; k += 2)
            Assert.Equal(Gemstones[k], fit.Coefficients[k], 0.02);
    }

    [Fact]
    public void Over_n_and_d_the_additive_form_is_chinchillas()
    {
        var form = LawForm.Named("additive").Over(["N", "D"]);
        var points = PublishedData.Hoffmann();
        var fit = ParametricFit.Fit(form, [.. points.Select(o => o with { Others = [o.N, o.D] })], starts: 20);
        Assert.Equal(0.001018274018, fit.Objective, 1e-12);
        Assert.Equal(1.817218, fit["E"], 1e-5);
        Assert.Equal(0.347310, fit["alpha_N"], 1e-5);
        Assert.Equal(0.367172, fit["alpha_D"], 1e-5);
    }

    // DeepSeek-AI, arXiv 2401.02954, section 3.1: learning rate 0.3118 C^-0.1250, batch 0.2920 C^0.3271 tokens, C of
    // (72 layers width^2 + 12 layers width 4096) FLOPs a token; and what its models had, for 2e12 tokens each in
    // sequences of 4096.
    [Theory]
    [InlineData(30, 4096, 4.2e-4, 2304)]
    [InlineData(95, 8192, 3.2e-4, 4608)]
    public void Learning_rate_and_batch_are_deepseeks(double layers, double width, double rate, double batch)
    {
        var c = (72 * layers * width * width + 12 * layers * width * 4096) * 2e12;
        var form = LawForm.Named("power_law_columns").Over(["C"]);
        var at = Observation.OfCompute(c, 0) with { Others = [c] };
        Assert.Equal(1, form.Predict([0.3118, -0.1250], at) / rate, 0.03);
        Assert.Equal(1, form.Predict([0.2920, 0.3271], at) / (batch * 4096), 0.1);
    }

    /// <summary>Li et al., arXiv 2503.04715, step-law/steplaw, data/dense_lr_bs_loss.csv: the learning rate and the
    /// batch (in sequences of 2048) of the lowest loss among some 120 runs of a size and number of tokens.</summary>
    private static readonly (double N, double D, double Rate, double Batch)[] StepLaw =
    [
        (214663680, 4e9, 0.002762, 128),
        (214663680, 1.14e10, 0.002762, 192),
        (214663680, 1e11, 0.007812, 1024),
        (268304384, 5e9, 0.001953, 128),
        (268304384, 1.42e10, 0.003906, 192),
        (268304384, 8e10, 0.003906, 512),
        (429260800, 8e9, 0.001953, 128),
        (429260800, 5e10, 0.001953, 256),
        (536872960, 1e10, 0.0009766, 128),
    ];

    [Fact]
    public void The_step_law_lies_near_the_best_of_its_grids()
    {
        var rate = LawForm.Named("power_law_columns").Over(["N", "D"]);
        var batch = LawForm.Named("power_law_columns").Over(["D"]);
        foreach (var (n, d, bestRate, bestBatch) in StepLaw)
        {
            // A step of the grids is a factor of 1.4.
            var both = Observation.At(n, d, 0) with
            {
                Others = [n, d],
            };
            Assert.InRange(rate.Predict([1.79, -0.713, 0.307], both) / bestRate, 0.55, 1.4);
            var tokens = batch.Predict([0.58, 0.571], both with { Others = [d] });
            Assert.InRange(tokens / 2048 / bestBatch, 0.5, 1.45);
        }
    }

    [Fact]
    public void A_power_law_of_columns_is_the_regression_of_logarithms()
    {
        List<Observation> points =
        [
            .. StepLaw.Select((r, i) => Observation.At(r.N, r.D, r.Rate, i) with { Others = [r.N, r.D] }),
        ];
        var form = LawForm.Named("power_law_columns").Over(["N", "D"]);
        var analysis = LawAnalysis.Analyze("rate", form, points, starts: 10, draws: 50);
        var expected = MultipleRegression.QR(
            [.. StepLaw.Select(r => new[] { Math.Log(r.N), Math.Log(r.D) })],
            [.. StepLaw.Select(r => Math.Log(r.Rate))],
            intercept: true
        );
        Assert.Equal(expected, form.ToFitSpace(analysis.Fit.Coefficients), new Near(1e-7));
    }

    [Fact]
    public void Columns_that_cannot_be_told_apart_are_named()
    {
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 30)
                .Select(i =>
                    Observation.OfCompute(1, 1 + 0.1 * i + 0.01 * (i * i % 7), i) with
                    {
                        Others = [64 * (1 + i % 3), Math.Pow(2, i), Math.Pow(2.01, i + 0.1 * (i % 2))],
                    }
                ),
        ];
        var form = LawForm.Named("power_law_columns").Over(["width", "N", "D"]);
        var cautions = LawAnalysis.Analyze("t", form, points, starts: 10, draws: 20).Cautions;
        Assert.Contains(cautions, c => c.Text.StartsWith("only 3 values of width", StringComparison.Ordinal));
        Assert.Contains(cautions, c => c.Text.StartsWith("N and D change together", StringComparison.Ordinal));
        List<Observation> one = [.. points.Select(o => o with { Others = [64, o.Others[1], o.Others[2]] })];
        var e = Assert.Throws<LinearScalingException>(() => LawAnalysis.Analyze("t", form, one));
        Assert.StartsWith("t: all points have the same width", e.Message, StringComparison.Ordinal);
    }

    private sealed class Near(double within) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= within * (1 + Math.Abs(x));

        public int GetHashCode(double value) => 0;
    }

    private static double Constrained(double n, double d, double unique) =>
        new DataConstrained().Predict(Muennighoff, Observation.At(n, d, 0) with { Others = [unique] });

    private static LawAnalysis Scattered(double[] epochs, double noise)
    {
        var random = new SeededRandom(3);
        List<Observation> points =
        [
            .. from i in Enumerable.Range(0, 5)
            from j in Enumerable.Range(0, 4)
            let n = 1e7 * Math.Pow(5, i)
            let unique = 1e8 * Math.Pow(4, j)
            from e in epochs
            let at = Observation.At(n, unique * e, 0) with
            {
                Others = [unique],
            }
            select at with
            {
                Y = new DataConstrained().Predict(Muennighoff, at) * (1 + noise * random.Normal()),
            },
        ];
        points = [.. points.Select((o, i) => o with { Cluster = i })];
        return LawAnalysis.Analyze("c4", new DataConstrained(), points, starts: 12, draws: 40);
    }
}
