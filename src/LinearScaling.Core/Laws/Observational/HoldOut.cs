using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Observational;

/// <summary>How far predictions lie off on both sides of a hold-out.</summary>
/// <param name="Predictor">What the sigmoid reads: <c>log10 C</c>, or so many components.</param>
/// <param name="Fitted">Models that it was fitted to.</param>
/// <param name="HeldOut">Models that it predicts.</param>
/// <param name="FitSquared">Mean squared error of those fitted.</param>
/// <param name="FitAbsolute">Mean absolute error of those fitted.</param>
/// <param name="Squared">Mean squared error of those held out.</param>
/// <param name="Absolute">Mean absolute error of those held out.</param>
/// <param name="Bias">Mean of predicted less measured, of those held out.</param>
public sealed record HeldOutErrors(
    string Predictor,
    int Fitted,
    int HeldOut,
    double FitSquared,
    double FitAbsolute,
    double Squared,
    double Absolute,
    double Bias
);

/// <summary>A model that was held out.</summary>
/// <param name="Interval">Where 95 % of such models should lie: families drawn anew, and a residual of the fit.</param>
public sealed record HeldOutModel(string Name, double Measured, double Predicted, Interval? Interval);

/// <summary>A metric predicted from models that lie below a hold-out alone: imputation, components and sigmoid of
/// them.</summary>
/// <param name="Rule">Which models were held out.</param>
/// <param name="Errors">A row a predictor, the components' last.</param>
/// <param name="Models">Those held out, predicted from all components.</param>
public sealed record HoldOut(string Rule, IReadOnlyList<HeldOutErrors> Errors, IReadOnlyList<HeldOutModel> Models)
{
    /// <exception cref="LinearScalingException">One of the sides has too few models.</exception>
    public static HoldOut Try(ScoreTable table, HoldOutRule rule, ObservationalOptions options)
    {
        var models = table.Models;
        var below = models.Select(m => rule.HoldsOut(m) ? 0.0 : 1).ToArray();
        var fitted = Sides(models, below, 1);
        var heldOut = Sides(models, below, 0);
        var needed = TargetFit.Parameters(CapabilitySpace.MostComponents, options.Chance) + 2;
        if (heldOut.Count == 0 || fitted.Count < needed)
            throw ObservationalMistakes.NoHoldOut(rule.Description, fitted.Count, needed, heldOut.Count);
        ObservationalMistakes.RequireScores(table, below, rule.Description);

        var rows = models.Select(m => m.Scores).ToList();
        var space = CapabilitySpace.Fit(rows, below);
        var places = rows.ConvertAll(space.Place);
        var errors = new List<HeldOutErrors>();
        if (Fitted("log10 C", i => [models[i].LogFlops], i => models[i].HasFlops) is { Errors: { } byCompute })
            errors.Add(byCompute);
        TargetFit? last = null;
        for (var count = 1; count <= space.Count; count++)
            if (
                Fitted(count == 1 ? "1 component" : $"{count} components", i => places[i][..count], _ => true) is
                { } result
            )
            {
                errors.Add(result.Errors);
                last = result.Fit;
            }
        var drawn = Draws(table, below, space, last!, options);
        return new(
            rule.Description,
            errors,
            [
                .. heldOut.Select(
                    (i, k) =>
                        new HeldOutModel(
                            models[i].Name,
                            models[i].Target,
                            last!.Predict(places[i]),
                            Interval.Percentile(drawn.Select(d => d[k]))
                        )
                ),
            ]
        );

        (HeldOutErrors Errors, TargetFit Fit)? Fitted(string name, Func<int, double[]> x, Func<int, bool> known)
        {
            var (low, high) = (fitted.Where(known).ToList(), heldOut.Where(known).ToList());
            if (low.Count < needed || high.Count == 0)
                return null;
            var fit = TargetFit.FitTo(low.ConvertAll(i => x(i)), low.ConvertAll(i => models[i].Target), options.Chance);
            double Off(int i) => fit.Predict(x(i)) - models[i].Target;
            return (
                new(
                    name,
                    low.Count,
                    high.Count,
                    low.Average(i => Off(i) * Off(i)),
                    low.Average(i => Math.Abs(Off(i))),
                    high.Average(i => Off(i) * Off(i)),
                    high.Average(i => Math.Abs(Off(i))),
                    high.Average(Off)
                ),
                fit
            );
        }
    }

    /// <summary>The models with a target on one side.</summary>
    private static List<int> Sides(IReadOnlyList<ScoredModel> models, double[] below, double side) =>
        [.. Enumerable.Range(0, models.Count).Where(i => below[i] == side && models[i].HasTarget)];

    /// <summary>Predictions of the held-out models by fits to drawn models, each with a residual of the fit.</summary>
    private static List<double[]> Draws(
        ScoreTable table,
        double[] below,
        CapabilitySpace space,
        TargetFit fit,
        ObservationalOptions options
    )
    {
        var models = table.Models;
        var rows = models.Select(m => m.Scores).ToList();
        var (fitted, heldOut) = (Sides(models, below, 1), Sides(models, below, 0));
        var targets = fitted.ConvertAll(i => models[i].Target);
        // A fit lies nearer to its own models than to others: by its degrees of freedom.
        var scale = Math.Sqrt(fitted.Count / (double)(fitted.Count - fit.Fit.Coefficients.Length));
        var residuals = fitted.ConvertAll(i => scale * (models[i].Target - fit.Predict(space.Place(rows[i]))));
        return ModelDraws.Each(
            table,
            below,
            options,
            (weights, random) =>
            {
                var drawnSpace = CapabilitySpace.Fit(rows, weights, space);
                var drawn = fit.Redraw(
                    fitted.ConvertAll(i => drawnSpace.Place(rows[i])),
                    targets,
                    fitted.ConvertAll(i => weights[i])
                );
                return heldOut
                    .Select(i => drawn.Predict(drawnSpace.Place(rows[i])) + residuals[random.Index(residuals.Count)])
                    .ToArray();
            }
        );
    }
}
