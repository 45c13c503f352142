using System.Text.Json;
using System.Text.Json.Serialization;

namespace LinearScaling.Laws;

/// <summary>A fitted law as it is saved: <c>law.json</c>.</summary>
/// <param name="Format">Version of this file's layout.</param>
/// <param name="Name">What was fitted: an architecture, or the table's name.</param>
/// <param name="Form">The form's name, as <c>power_law</c> or <c>chinchilla</c>.</param>
/// <param name="Method">How: <c>envelope</c>, <c>isoflop</c>, <c>parametric</c> or <c>published</c>.</param>
/// <param name="Convention">How C counts.</param>
/// <param name="Coefficients">By name, in the form's order.</param>
/// <param name="Intervals">95 % intervals by coefficient.</param>
/// <param name="Optimal">Laws of compute-optimal N (<c>n_opt</c>) and D (<c>d_opt</c>).</param>
/// <param name="Version">Version of lcs that fitted it.</param>
/// <param name="Command">The command line that made it.</param>
public sealed record Law(
    int Format,
    string Name,
    string Form,
    string Method,
    string Metric,
    string Convention,
    IReadOnlyDictionary<string, double> Coefficients,
    IReadOnlyDictionary<string, Interval> Intervals,
    IReadOnlyDictionary<string, ComputeLaw> Optimal,
    double? RSquared,
    LawData Data,
    IReadOnlyList<Caution> Cautions,
    string Version,
    string Command)
{
    public const int CurrentFormat = 1;

    public static Law Load(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file; lcs fit writes law.json files");
        try
        {
            var law = JsonSerializer.Deserialize(File.ReadAllText(path), LawJson.Default.Law)!;
            return law.Format == CurrentFormat ? law : throw new LinearScalingException($"{path}: law format {law.Format}, this lcs reads {CurrentFormat}; fit again");
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{path}: not a law: {e.Message}", e);
        }
    }

    public void Save(string path) => File.WriteAllText(path, ToJson() + "\n");

    public string ToJson() => JsonSerializer.Serialize(this, LawJson.Default.Law);

    public static Law Of(EnvelopeFit fit, string metric, string convention, LawData data, string version, string command)
    {
        var optimal = new Dictionary<string, ComputeLaw>();
        if (fit.NOpt is not null)
            optimal["n_opt"] = fit.NOpt;
        if (fit.DOpt is not null)
            optimal["d_opt"] = fit.DOpt;
        var intervals = new Dictionary<string, Interval>();
        if (fit.Loss.CoefficientInterval is { } coefficient)
            intervals["coefficient"] = coefficient;
        if (fit.Loss.ExponentInterval is { } exponent)
            intervals["exponent"] = exponent;
        return new(
            CurrentFormat, fit.Architecture, "power_law", "envelope", metric, convention,
            new Dictionary<string, double> { ["coefficient"] = fit.Loss.Coefficient, ["exponent"] = fit.Loss.Exponent },
            intervals, optimal, fit.Loss.RSquared, data, fit.Cautions, version, command);
    }
}

/// <summary>What a law was fitted to.</summary>
/// <param name="Hash">Hash of every number that entered the fit.</param>
public sealed record LawData(string Source, int Points, string Hash, IReadOnlyList<LeftOut> LeftOut);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true)]
[JsonSerializable(typeof(Law))]
[JsonSerializable(typeof(IReadOnlyList<Law>))]
public sealed partial class LawJson : JsonSerializerContext;
