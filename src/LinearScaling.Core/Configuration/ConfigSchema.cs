namespace LinearScaling.Configuration;

/// <summary>One key of a configuration.</summary>
/// <param name="Path">As <c>--set</c> takes it: <c>train.optimizer.peak_lr</c>; items of a list are
/// <c>sources[].path</c>.</param>
/// <param name="When">The variants that have the key, or empty where it always exists.</param>
/// <param name="Type">What is expected: "integer", "one of: auto, fp32, bf16".</param>
/// <param name="Default">The value of an omitted key, in YAML, or null for a required one.</param>
/// <param name="Bound">The rule its value keeps to, or empty.</param>
/// <param name="Meaning">What it is.</param>
public sealed record ConfigKey(string Path, string When, string Type, string? Default, string Bound, string Meaning);

/// <summary>Every key of a configuration record, in the record's order.</summary>
public static class ConfigSchema
{
    public static IReadOnlyList<ConfigKey> Keys<T>() => [.. Record(typeof(T), "", "")];

    private static IEnumerable<ConfigKey> Record(Type record, string path, string when) =>
        ConfigMember.List(record).SelectMany(m => Member(m, record, path, when));

    private static IEnumerable<ConfigKey> Member(ConfigMember member, Type record, string parent, string when)
    {
        var path = parent + member.Key;
        var type = ConfigShape.Bare(member.Type);
        var meaning = member.Meaning(record);
        var bound = string.Join(", ", member.Checks.Select(c => c.Bound));
        if (ConfigShape.Variants(type) is { } registry)
            return
            [
                new(
                    path + "." + Registry.Key,
                    when,
                    "one of: " + string.Join(", ", registry.Names),
                    Default(member, record),
                    bound,
                    meaning
                ),
                .. Variants(registry, path + ".", when),
            ];
        if (ConfigShape.IsSection(type))
            return Record(type, path + ".", when);
        if (ConfigShape.ListItem(type) is { } item && !ConfigShape.IsScalar(item))
            return
            [
                new(path, when, "list", Default(member, record), bound, meaning),
                .. ConfigShape.Variants(item) is { } items
                    ? Variants(items, path + "[].", when)
                    : Record(item, path + "[].", when),
            ];
        return [new(path, when, TypeName(type), Default(member, record), bound, meaning)];
    }

    /// <summary>The keys of all variants; keys that read alike are listed once, with the variants that have
    /// them.</summary>
    private static IEnumerable<ConfigKey> Variants(Registry registry, string path, string outer) =>
        from key in registry.Names.SelectMany(name =>
            registry.TryGet(name, out var type) ? Record(type, path, name) : []
        )
        group key.When by key with
        {
            When = "",
        } into alike
        let names = string.Join(", ", alike)
        select alike.Key with
        {
            When =
                alike.Count() == registry.Names.Count ? outer
                : outer == "" ? names
                : $"{outer}: {names}",
        };

    private static string? Default(ConfigMember member, Type record) =>
        member.DefaultYaml ?? (member.HasDefault ? ConfigWriter.Scalar(member.Default(record)) : null);

    private static string TypeName(Type type) =>
        ConfigShape.ListItem(type) is { } item ? $"list of {TypeName(item)}"
        : ConfigShape.IsTable(type) ? "table of text"
        : ConfigShape
            .Expected(type)
            .Replace("an integer", "integer", StringComparison.Ordinal)
            .Replace("a number", "number", StringComparison.Ordinal);
}
