using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace LinearScaling.Configuration;

/// <summary>A key of a configuration record: a parameter of its constructor, or a property that is set when it is
/// made.</summary>
internal sealed class ConfigMember
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<ConfigMember>> Known = new();
    private readonly ICustomAttributeProvider attributes;
    private readonly ParameterInfo? parameter;
    private readonly PropertyInfo property;

    private ConfigMember(PropertyInfo property, ParameterInfo? parameter)
    {
        this.property = property;
        this.parameter = parameter;
        attributes = parameter is null ? property : parameter;
        Key = ConfigShape.Key(property.Name);
        IsNullable =
            Nullable.GetUnderlyingType(property.PropertyType) is not null
            || (
                !property.PropertyType.IsValueType
                && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable
            );
        DefaultYaml = Attributes<DefaultAttribute>().FirstOrDefault()?.Yaml;
        Checks = [.. Attributes<CheckAttribute>()];
        IsHarmless = Attributes<HarmlessAttribute>().Any();
    }

    /// <summary>The name in YAML: snake_case.</summary>
    public string Key { get; }

    public Type Type => property.PropertyType;

    public bool IsNullable { get; }

    /// <summary>The value of an omitted key in YAML, where <see cref="DefaultAttribute"/> states it.</summary>
    public string? DefaultYaml { get; }

    public IReadOnlyList<CheckAttribute> Checks { get; }

    /// <summary>Whether it is no part of the configuration's identity.</summary>
    public bool IsHarmless { get; }

    /// <summary>What the record's comments say about it; empty where they say nothing.</summary>
    public string Meaning(Type record) =>
        parameter is null ? XmlDocumentation.Property(property) : XmlDocumentation.Parameter(record, parameter.Name!);

    /// <summary>Whether C# states the value of an omitted key.</summary>
    public bool HasDefault =>
        parameter?.HasDefaultValue ?? property.GetCustomAttribute<RequiredMemberAttribute>() is null;

    /// <summary>The value C# states.</summary>
    /// <param name="record">The variant that is made: it may state another default than the record it derives
    /// from.</param>
    public object? Default(Type record) =>
        parameter is null ? property.GetValue(ConfigShape.Blank(record)) : ConstructorDefault(parameter);

    public object? Value(object record) => property.GetValue(record);

    /// <summary>Every key of a record: its constructor's parameters in order, then its properties, those of the record
    /// it derives from first.</summary>
    public static IReadOnlyList<ConfigMember> List(Type record) => Known.GetOrAdd(record, Find);

    private static IReadOnlyList<ConfigMember> Find(Type record)
    {
        var parameters = ConfigShape.Constructor(record).GetParameters();
        var lineage = new Stack<Type>();
        for (var type = record; type is not null && type != typeof(object); type = type.BaseType)
            lineage.Push(type);
        return
        [
            .. parameters.Select(p => new ConfigMember(record.GetProperty(p.Name!)!, p)),
            .. lineage
                .SelectMany(t =>
                    t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                        .Where(p => p.SetMethod is { IsPublic: true } && !IsParameterOf(t, p))
                        .OrderBy(p => p.MetadataToken)
                )
                .Select(p => new ConfigMember(p, null)),
        ];
    }

    /// <summary>Makes a record of values in the order of <see cref="List"/>.</summary>
    public static object Create(Type record, IReadOnlyList<ConfigMember> members, IReadOnlyList<object?> values)
    {
        var arguments = members.TakeWhile(m => m.parameter is not null).Count();
        var made = ConfigShape.Constructor(record).Invoke([.. values.Take(arguments)]);
        for (var i = arguments; i < members.Count; i++)
            members[i].property.SetValue(made, values[i]);
        return made;
    }

    internal static object? ConstructorDefault(ParameterInfo parameter) =>
        parameter.DefaultValue is { } value && ConfigShape.Bare(parameter.ParameterType) is { IsEnum: true } type
            ? Enum.ToObject(type, value)
            : parameter.DefaultValue;

    private static bool IsParameterOf(Type type, PropertyInfo property) =>
        type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .SelectMany(c => c.GetParameters())
            .Any(p => p.Name == property.Name);

    private IEnumerable<T> Attributes<T>() => attributes.GetCustomAttributes(typeof(T), inherit: true).Cast<T>();
}
