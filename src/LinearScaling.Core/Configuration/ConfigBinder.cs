using System.Globalization;

namespace LinearScaling.Configuration;

/// <summary>Turns nodes into records and gathers every problem on the way.</summary>
internal sealed class ConfigBinder
{
    private readonly List<(Place At, string Text)> problems = [];

    /// <summary>The problems found, by place.</summary>
    public IEnumerable<string> Problems =>
        problems.OrderBy(p => p.At.Layer).ThenBy(p => p.At.Line).ThenBy(p => p.At.Column).Select(p => p.Text);

    public object? Bind(Type type, ConfigNode node) => Value(type, node, "");

    private object? Value(Type declared, ConfigNode node, string path)
    {
        var type = ConfigShape.Bare(declared);
        if (type == typeof(ConfigValue))
            return new ConfigValue(node);
        if (ConfigShape.Variants(type) is { } registry)
            return Variant(registry, node, path);
        if (node is ConfigScalar { IsNull: true } empty)
            return Report(empty, path, $"expected {ConfigShape.Expected(type)}, got nothing");
        if (ConfigShape.IsScalar(type))
            return node is ConfigScalar scalar
                ? Scalar(type, scalar, path)
                : Report(node, path, $"expected {ConfigShape.Expected(type)}, got a {Kind(node)}");
        if (ConfigShape.ListItem(type) is { } item)
            return node is ConfigList list
                ? List(item, list, path)
                : Report(node, path, $"expected a list, got {Kind(node)}");
        if (node is not ConfigMapping map)
            return Report(node, path, $"expected a mapping, got {Kind(node)}");
        return ConfigShape.IsTable(type) ? Table(map, path) : Record(type, map, path, null);
    }

    private object? Variant(Registry registry, ConfigNode node, string path)
    {
        if (node is not ConfigMapping map)
            return Report(node, path, $"expected a mapping with the key '{Registry.Key}', got {Kind(node)}");
        if (map[Registry.Key] is not { } key)
            return Report(map, path, $"missing key '{Registry.Key}'; one of: {string.Join(", ", registry.Names)}");
        if (key is not ConfigScalar { Text: var name })
            return Report(key, Join(path, Registry.Key), $"expected text, got a {Kind(key)}");
        return registry.TryGet(name, out var type)
            ? Record(type, map, path, registry)
            : Report(key, Join(path, Registry.Key), NearestNames.Unknown(registry.Kind, name, registry.Names));
    }

    /// <param name="registry">Where the record is one of its variants: then the mapping also holds the variant's
    /// name.</param>
    private object? Record(Type type, ConfigMapping map, string path, Registry? registry)
    {
        var before = problems.Count;
        var members = ConfigMember.List(type);
        var keys = members.Select(m => m.Key).ToList();
        foreach (var entry in map.Entries)
            if (
                !keys.Contains(entry.Key)
                && !(
                    registry is not null
                    && (entry.Key == Registry.Key || BelongsToReplacedVariant(entry, map, registry))
                )
            )
                Report(entry.At, Join(path, entry.Key), $"unknown key; {NearestNames.Hint(entry.Key, keys)}");

        var values = members.Select(m => Member(type, m, map, path)).ToArray();
        if (problems.Count > before)
            return null;
        var record = ConfigMember.Create(type, members, values);
        foreach (var problem in (record as IValidated)?.Problems() ?? [])
            Report(map, path, problem);
        return record;
    }

    /// <summary>Whether a key was written for a variant that a later layer chose another one over.</summary>
    private static bool BelongsToReplacedVariant(ConfigEntry entry, ConfigMapping map, Registry registry) =>
        entry.At.Layer < map[Registry.Key]!.At.Layer
        && registry.Names.Any(n => registry.TryGet(n, out var other) && ConfigShape.Keys(other).Contains(entry.Key));

    private object? Member(Type record, ConfigMember member, ConfigMapping map, string path)
    {
        var at = Join(path, member.Key);
        if (map[member.Key] is { } node)
            return node is ConfigScalar { IsNull: true } && member.IsNullable ? null : Checked(member, node, at);
        if (member.DefaultYaml is { } yaml)
            return Checked(member, YamlReader.Read(yaml, map.At), at);
        if (member.HasDefault)
            return member.Default(record);
        return ConfigShape.IsSection(member.Type)
            ? Value(member.Type, new ConfigMapping(map.At, []), at)
            : Report(map, at, "missing key");
    }

    private object? Checked(ConfigMember member, ConfigNode node, string path)
    {
        var value = Value(member.Type, node, path);
        if (value is not null)
            foreach (var check in member.Checks)
                if (check.Problem(value) is { } problem)
                    Report(node, path, problem);
        return value;
    }

    private Array List(Type item, ConfigList nodes, string path)
    {
        var list = Array.CreateInstance(item, nodes.Items.Count);
        for (var i = 0; i < list.Length; i++)
            list.SetValue(Value(item, nodes.Items[i], $"{path}[{i}]"), i);
        return list;
    }

    private Dictionary<string, string> Table(ConfigMapping map, string path) =>
        map.Entries.ToDictionary(
            e => e.Key,
            e =>
                e.Value is ConfigScalar scalar
                    ? scalar.Text
                    : Report(e.Value, Join(path, e.Key), $"expected text, got a {Kind(e.Value)}") ?? ""
        );

    private object? Scalar(Type type, ConfigScalar node, string path)
    {
        var text = node.Text;
        var invariant = CultureInfo.InvariantCulture;
        object? value =
            type == typeof(string) ? text
            : type == typeof(bool)
                ? text switch
                {
                    "true" => true,
                    "false" => false,
                    _ => null,
                }
            : type == typeof(int)
                ? int.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var i) ? i
                    : null
            : type == typeof(long)
                ? long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var l) ? l
                    : null
            : type == typeof(ulong)
                ? ulong.TryParse(text, NumberStyles.None, invariant, out var u) ? u
                    : null
            : type == typeof(double)
                ? double.TryParse(text, NumberStyles.Float, invariant, out var d) && double.IsFinite(d) ? d
                    : null
            : type.IsEnum
                ? Array.IndexOf(ConfigShape.EnumNames(type), text) is var e and >= 0
                        ? Enum.Parse(type, Enum.GetNames(type)[e])
                    : null
            : throw new InvalidOperationException($"{path}: no configuration value can be of type {type}");
        if (value is null && type.IsEnum)
            return Report(
                node,
                path,
                $"unknown value '{text}'; {NearestNames.Hint(text, ConfigShape.EnumNames(type))}"
            );
        return value ?? Report(node, path, $"expected {ConfigShape.Expected(type)}, got '{text}'");
    }

    private static string Kind(ConfigNode node) =>
        node switch
        {
            ConfigMapping => "mapping",
            ConfigList => "list",
            ConfigScalar { IsNull: true } => "nothing",
            ConfigScalar scalar => $"'{scalar.Text}'",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private string? Report(ConfigNode node, string path, string problem) => Report(node.At, path, problem);

    private string? Report(Place at, string path, string problem)
    {
        string[] parts = at is { Line: 0, Source: "--set" }
            ? [$"--set {path}", problem]
            : [at.ToString(), path, problem];
        problems.Add((at, string.Join(": ", parts.Where(p => p != ""))));
        return null;
    }

    private static string Join(string path, string key) => path == "" ? key : $"{path}.{key}";
}
