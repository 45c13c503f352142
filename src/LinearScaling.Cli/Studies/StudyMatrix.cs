using System.Globalization;
using System.Text.RegularExpressions;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Configuration;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Cli.Studies;

/// <summary>One value of an axis.</summary>
/// <param name="Label">How it is called in names of runs and in <c>--only</c>.</param>
/// <param name="Written">A value of the axis's key, or run configuration where <paramref name="IsLayer"/>.</param>
internal sealed record AxisValue(string Label, ConfigValue Written, bool IsLayer);

/// <summary>One axis of a study's matrix.</summary>
/// <param name="Key">A configuration key, <c>arch</c>, <c>size</c>, or any name for an axis of named
/// configurations.</param>
internal sealed partial record Axis(string Key, IReadOnlyList<AxisValue> Values)
{
    public const string Architecture = "arch",
        Size = "size",
        Experiment = "experiment";

    public bool NamesPreset => Key is Architecture or Size;

    /// <summary>The part of a run's name that says which value it has: <c>peak_lr-3e-4</c>, or the name that the study
    /// gave the value.</summary>
    public string NameOf(AxisValue value) =>
        Unfit()
            .Replace(
                NamesPreset || value.IsLayer ? value.Label : $"{Key[(Key.LastIndexOf('.') + 1)..]}-{value.Label}",
                "_"
            );

    /// <summary>The configuration keys that its values set, as <c>train.optimizer.peak_lr</c>.</summary>
    public IEnumerable<string> Keys =>
        NamesPreset ? []
        : Values.Any(v => v.IsLayer) ? Values.SelectMany(v => Leaves(v.Written, "")).Distinct()
        : [Key];

    public ConfigTree Apply(ConfigTree tree, AxisValue value) =>
        value.IsLayer ? tree.With(value.Written)
        : NamesPreset ? tree
        : tree.WithValue(Key, value.Written);

    private static IEnumerable<string> Leaves(ConfigValue value, string path) =>
        value.Entries is { } entries ? entries.SelectMany(e => Leaves(e.Value, path == "" ? e.Key : $"{path}.{e.Key}"))
        : path == "" ? []
        : [path];

    [GeneratedRegex("[^A-Za-z0-9_.+-]")]
    private static partial Regex Unfit();
}

/// <summary>Reads the axes of an experiment's matrix.</summary>
internal static class StudyMatrix
{
    private const int MostRuns = 10_000;

    /// <param name="path">The matrix's key in the study file, for messages.</param>
    /// <param name="problems">Receives what is wrong, with its place.</param>
    public static IReadOnlyList<Axis> Read(ConfigValue matrix, string path, List<string> problems)
    {
        if (matrix.Entries is not { } entries)
        {
            problems.Add($"{matrix.Place}: {path}: expected a mapping from axes to their values");
            return [];
        }
        foreach (var missing in new[] { Axis.Architecture, Axis.Size }.Except(entries.Select(e => e.Key)))
            problems.Add($"{matrix.Place}: {path}: missing key '{missing}'");
        List<Axis> axes =
        [
            .. entries.Select(e => new Axis(e.Key, [.. Values(e.Key, e.Value, $"{path}.{e.Key}", problems)])),
        ];
        problems.AddRange(Overlaps(axes).Select(o => $"{matrix.Place}: {path}: {o}"));
        if (axes.Aggregate(1.0, (runs, axis) => runs * axis.Values.Count) is > MostRuns and var count)
            problems.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{matrix.Place}: {path}: makes {count:N0} runs; {MostRuns:N0} at most"
                )
            );
        return axes;
    }

    /// <summary>Axes that set one key: the later would undo what the name of a run says of the earlier.</summary>
    private static IEnumerable<string> Overlaps(List<Axis> axes) =>
        from one in axes.Index()
        from other in axes.Skip(one.Index + 1)
        from key in one.Item.Keys
        where
            other.Keys.Any(k =>
                (key + ".").StartsWith(k + ".", StringComparison.Ordinal)
                || (k + ".").StartsWith(key + ".", StringComparison.Ordinal)
            )
        select $"the axes '{one.Item.Key}' and '{other.Key}' both set {key}; make them one axis";

    private static List<AxisValue> Values(string key, ConfigValue axis, string path, List<string> problems)
    {
        var before = problems.Count;
        List<AxisValue> values = axis switch
        {
            { Items: { } items } => [.. items.Select(i => new AxisValue(i.Text ?? "", i, IsLayer: false))],
            { Entries: { } entries } => [.. entries.Select(e => new AxisValue(e.Key, e.Value, IsLayer: true))],
            _ => [],
        };
        if (values.Count == 0)
            problems.Add(
                $"{axis.Place}: {path}: expected a list of values, or a mapping from names to run "
                    + $"configuration{(axis.Text is { } text ? $", got '{text}'" : "")}"
            );
        foreach (var value in values)
        {
            if (!value.IsLayer && value.Written.Text is null)
                problems.Add(
                    $"{value.Written.Place}: {path}: expected one value; where values are made of several keys, "
                        + $"name them: NAME: {{section: {{key: value}}}}"
                );
            else if (value.IsLayer && !value.Written.IsNull && value.Written.Entries is null)
                problems.Add($"{value.Written.Place}: {path}.{value.Label}: expected run configuration");
            else if (Unknown(key, value.Label) is { } unknown)
                problems.Add($"{value.Written.Place}: {path}: {unknown}");
        }
        foreach (var twice in values.GroupBy(v => v.Label).Where(g => g.Count() > 1 && problems.Count == before))
            problems.Add($"{twice.Last().Written.Place}: {path}: '{twice.Key}' is there twice");
        return values;
    }

    private static string? Unknown(string key, string label) =>
        key switch
        {
            Axis.Architecture when !ModelConfig.Variants.Names.Contains(label) => NearestNames.Unknown(
                ModelConfig.Variants.Kind,
                label,
                ModelConfig.Variants.Names
            ),
            Axis.Size when !Presets.Sizes.Contains(label) => NearestNames.Unknown("size", label, Presets.Sizes),
            Axis.Experiment => "the name of an experiment is no axis",
            _ => null,
        };
}
