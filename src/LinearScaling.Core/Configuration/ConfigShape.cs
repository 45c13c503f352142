using System.Reflection;
using System.Text.Json;

namespace LinearScaling.Configuration;

/// <summary>How a record reads as configuration: its keys are the snake_case names of its constructor's parameters and
/// of the properties that are set when it is made (<see cref="ConfigMember"/>).</summary>
internal static class ConfigShape
{
    public static ConstructorInfo Constructor(Type record) =>
        record.GetConstructors().SingleOrDefault()
        ?? throw new InvalidOperationException(
            $"{record} has not the one public constructor of a configuration record"
        );

    public static string Key(string clrName) => JsonNamingPolicy.SnakeCaseLower.ConvertName(clrName);

    public static IReadOnlyList<string> Keys(Type record) => [.. ConfigMember.List(record).Select(m => m.Key)];

    /// <summary>A record of defaults, in which required values are those of their types.</summary>
    public static object Blank(Type record) =>
        Constructor(record)
            .Invoke([
                .. Constructor(record)
                    .GetParameters()
                    .Select(p =>
                        p.HasDefaultValue ? ConfigMember.ConstructorDefault(p)
                        : p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType)
                        : null
                    ),
            ]);

    public static string[] EnumNames(Type type) => Array.ConvertAll(Enum.GetNames(type), Key);

    /// <summary>The variants a value of the type chooses from, or null.</summary>
    public static Registry? Variants(Type type) =>
        type.GetProperty("Variants", BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy)
            ?.GetValue(null) as Registry;

    public static Type? ListItem(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            ? type.GetGenericArguments()[0]
            : null;

    public static bool IsTable(Type type) => type == typeof(IReadOnlyDictionary<string, string>);

    public static bool IsScalar(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string);

    /// <summary>A section of keys, as against a scalar, a list, a table, a choice of variants or YAML kept as
    /// written.</summary>
    public static bool IsSection(Type type) =>
        !IsScalar(type)
        && type != typeof(ConfigValue)
        && ListItem(type) is null
        && !IsTable(type)
        && Variants(type) is null;

    public static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    public static string Expected(Type type) =>
        type == typeof(int) || type == typeof(long) ? "an integer"
        : type == typeof(ulong) ? "an integer from 0 on"
        : type == typeof(double) ? "a number"
        : type == typeof(bool) ? "true or false"
        : type == typeof(string) ? "text"
        : type.IsEnum ? "one of: " + string.Join(", ", EnumNames(type))
        : ListItem(type) is not null ? "a list"
        : "a mapping";
}
