namespace LinearScaling.Laws.Observational;

/// <summary>One draw of the bootstrap.</summary>
/// <param name="Explained">Share of the variance of each component.</param>
/// <param name="Loadings">Of each component, with the signs of the fit to all models.</param>
/// <param name="Slopes">Of each family's line.</param>
/// <param name="LogEquivalents">log10 of each model's equivalent FLOPs; empty without a reference.</param>
/// <param name="Coefficients">Floor, intercept and weights of the target; empty without one.</param>
internal sealed record ObservationalDraw(
    double[] Explained,
    double[][] Loadings,
    double[] Slopes,
    double[] LogEquivalents,
    double[] Coefficients
);
