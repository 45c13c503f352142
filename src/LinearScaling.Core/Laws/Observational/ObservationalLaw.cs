using System.Text.Json;
using System.Text.Json.Serialization;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Observational;

/// <summary>An observational law as it is saved: <c>observational.json</c>.</summary>
/// <param name="Format">Version of this file's layout.</param>
/// <param name="Benchmarks">In the order of means and loadings.</param>
/// <param name="Means">By benchmark.</param>
/// <param name="Components">The largest first.</param>
/// <param name="Lines">Of the first component, by family.</param>
/// <param name="Capability">What <paramref name="Reference"/> and equivalents measure: <c>first component</c>, or the
/// target's combination.</param>
/// <param name="Reference">The reference family's line of the capability.</param>
/// <param name="Target">The target's sigmoid.</param>
/// <param name="HoldOut">How it predicts.</param>
/// <param name="Models">Places along the components and equivalent FLOPs.</param>
/// <param name="Data">What it was fitted to.</param>
/// <param name="Cautions">Reasons not to trust it.</param>
/// <param name="Version">Version of lcs that fitted it.</param>
/// <param name="Command">The command line that made it.</param>
public sealed record ObservationalLaw(
    int Format,
    IReadOnlyList<string> Benchmarks,
    IReadOnlyList<double> Means,
    IReadOnlyList<SavedComponent> Components,
    IReadOnlyList<SavedLine> Lines,
    string Capability,
    SavedLine? Reference,
    SavedTarget? Target,
    HoldOut? HoldOut,
    IReadOnlyList<SavedModel> Models,
    LawData Data,
    IReadOnlyList<Caution> Cautions,
    string Version,
    string Command
)
{
    public const int CurrentFormat = 1;

    public static ObservationalLaw From(ObservationalAnalysis a, string source, string version, string command) =>
        new(
            CurrentFormat,
            a.Table.Benchmarks,
            a.Space.Components.Mean,
            [
                .. Enumerable
                    .Range(0, a.Space.Components.Explained.Length)
                    .Select(k => new SavedComponent(
                        a.Space.Components.Explained[k],
                        a.ExplainedInterval(k),
                        a.Space.Components.Directions[k],
                        [.. a.Table.Benchmarks.Select((_, j) => a.LoadingInterval(k, j))]
                    )),
            ],
            [.. a.Lines.Select((l, i) => SavedLine.From(l, a.SlopeInterval(i)))],
            a.Target is null ? "first component" : $"combination of components for {a.Table.Target}",
            a.Reference is null ? null : SavedLine.From(a.Reference, null),
            a.Target is null
                ? null
                : new(
                    a.Table.Target!,
                    a.Target.Floor,
                    a.Target.Intercept,
                    a.Target.Weights,
                    a.CoefficientInterval(0),
                    a.CoefficientInterval(1),
                    [.. a.Target.Weights.Select((_, k) => a.CoefficientInterval(k + 2))],
                    a.Target.Fit.RSquared,
                    a.Target.Fit.Problem.Points.Count
                ),
            a.HoldOut,
            [.. a.Table.Models.Select((m, i) => SavedModel.From(a, m, i))],
            new(source, a.Table.Models.Count, a.Table.Hash, a.Table.LeftOut),
            a.Cautions,
            version,
            command
        );

    public string ToJson() => JsonSerializer.Serialize(this, ObservationalJson.Default.ObservationalLaw);
}

/// <summary>A principal component.</summary>
/// <param name="Explained">Share of the variance.</param>
/// <param name="Loadings">By benchmark.</param>
public sealed record SavedComponent(
    double Explained,
    Interval? ExplainedInterval,
    IReadOnlyList<double> Loadings,
    IReadOnlyList<Interval?> LoadingIntervals
);

/// <summary>A family's line: capability = intercept + slope log10 C.</summary>
public sealed record SavedLine(
    string Family,
    int Models,
    double Slope,
    Interval? SlopeInterval,
    double Intercept,
    double RSquared,
    double FromFlops,
    double ToFlops
)
{
    internal static SavedLine From(FamilyLine l, Interval? slope) =>
        new(l.Family, l.Models, l.Slope, slope, l.Intercept, l.RSquared, l.FromFlops, l.ToFlops);
}

/// <summary>y = floor + (1 - floor) / (1 + exp(-(intercept + sum of weights times components))).</summary>
/// <param name="Models">How many it was fitted to.</param>
public sealed record SavedTarget(
    string Name,
    double Floor,
    double Intercept,
    IReadOnlyList<double> Weights,
    Interval? FloorInterval,
    Interval? InterceptInterval,
    IReadOnlyList<Interval?> WeightIntervals,
    double RSquared,
    int Models
);

/// <summary>A model's place.</summary>
/// <param name="Flops">Training FLOPs; null where they are not known.</param>
/// <param name="Components">Along each that is kept.</param>
/// <param name="EquivalentFlops">Of the reference family; null where its line says nothing.</param>
/// <param name="EquivalentInterval">95 % of them.</param>
/// <param name="Target">Measured; null where it is missing.</param>
/// <param name="Predicted">By the target's sigmoid, fitted to all models.</param>
public sealed record SavedModel(
    string Name,
    string Family,
    double? Flops,
    IReadOnlyList<double> Components,
    double? EquivalentFlops,
    Interval? EquivalentInterval,
    double? Target,
    double? Predicted
)
{
    internal static SavedModel From(ObservationalAnalysis a, ScoredModel m, int i)
    {
        var e = a.Equivalents.Count > 0 && !a.Equivalents[i].Beyond ? a.Equivalents[i] : null;
        return new(
            m.Name,
            m.Family,
            m.HasFlops ? m.Flops : null,
            a.Places[i],
            e?.Flops,
            e?.FlopsInterval,
            m.HasTarget ? m.Target : null,
            a.Target?.Predict(a.Places[i])
        );
    }
}

/// <summary>JSON of observational laws: snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    WriteIndented = true
)]
[JsonSerializable(typeof(ObservationalLaw))]
internal sealed partial class ObservationalJson : JsonSerializerContext;
