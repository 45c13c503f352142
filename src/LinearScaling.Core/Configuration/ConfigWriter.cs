using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LinearScaling.Configuration;

/// <summary>Writes a record as the YAML that binds to it again: every key, defaults included, in the record's
/// order.</summary>
public static partial class ConfigWriter
{
    private static readonly JsonSerializerOptions Quoted = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(object record) => Text(record, _ => true);

    /// <summary>What <see cref="Hash"/> is of: the text without the keys that are
    /// <see cref="HarmlessAttribute"/>.</summary>
    public static string Identity(object record) => Text(record, m => !m.IsHarmless);

    /// <summary>The configuration's identity: the first 16 hexadecimal digits of the SHA-256 of
    /// <see cref="Identity"/>'s text.</summary>
    public static string Hash(object record) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Identity(record))))[..16];

    private static string Text(object record, Func<ConfigMember, bool> written)
    {
        var yaml = new StringBuilder();
        foreach (var line in Record(record.GetType(), record, written))
            yaml.Append(line).Append('\n');
        return yaml.ToString();
    }

    /// <param name="declared">The type the place asks for: a base record with variants, or the record's own.</param>
    private static IEnumerable<string> Record(Type declared, object record, Func<ConfigMember, bool> written)
    {
        var type = record.GetType();
        if (ConfigShape.Variants(declared) is { } registry)
            yield return $"{Registry.Key}: {registry.NameOf(type)}";
        foreach (var member in ConfigMember.List(type).Where(written))
        foreach (var line in Entry(member.Key, member.Type, member.Value(record), written))
            yield return line;
    }

    private static IEnumerable<string> Entry(string key, Type declared, object? value, Func<ConfigMember, bool> written)
    {
        if (value is null || ConfigShape.IsScalar(value.GetType()))
            return [$"{key}: {Scalar(value)}"];
        if (ConfigShape.ListItem(declared) is { } item)
            return List(key, item, [.. ((IEnumerable)value).Cast<object>()], written);
        var lines = value is IReadOnlyDictionary<string, string> table
            ? table.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{Scalar(e.Key)}: {Scalar(e.Value)}")
            : Record(declared, value, written);
        return Nested(key, [.. lines]);
    }

    private static IEnumerable<string> List(string key, Type item, object[] items, Func<ConfigMember, bool> written) =>
        ConfigShape.IsScalar(item) ? [$"{key}: [{string.Join(", ", items.Select(Scalar))}]"]
        : items.Length == 0 ? [$"{key}: []"]
        :
        [
            $"{key}:",
            .. items.SelectMany(i => Record(item, i, written).Select((line, n) => (n == 0 ? "  - " : "    ") + line)),
        ];

    private static string[] Nested(string key, string[] lines) =>
        lines.Length == 0 ? [$"{key}: {{}}"] : [$"{key}:", .. lines.Select(l => "  " + l)];

    internal static string Scalar(object? value) =>
        value switch
        {
            null => "null",
            bool b => b ? "true" : "false",
            string s => PlainText().IsMatch(s) && s != "null" ? s : JsonSerializer.Serialize(s, Quoted),
            double d => d.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
            Enum e => ConfigShape.Key(e.ToString()),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };

    /// <summary>Text that means itself in YAML, inside brackets too.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9_./][A-Za-z0-9_./+-]*\z")]
    private static partial Regex PlainText();
}
