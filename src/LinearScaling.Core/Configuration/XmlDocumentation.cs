using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LinearScaling.Configuration;

/// <summary>The documentation comments the compiler wrote beside an assembly: the one place where a key's meaning is
/// told.</summary>
internal static partial class XmlDocumentation
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> Members = new();

    /// <summary>What the record, or the record it derives from, says about a parameter; empty where it says
    /// nothing.</summary>
    public static string Parameter(Type record, string parameter)
    {
        for (var type = record; type is not null && type != typeof(object); type = type.BaseType)
            if (
                Members
                    .GetOrAdd(type.Assembly, Read)
                    .GetValueOrDefault("T:" + type.FullName!.Replace('+', '.'))
                    ?.Elements("param")
                    .FirstOrDefault(p => (string?)p.Attribute("name") == parameter) is
                { } text
            )
                return Text(text);
        return "";
    }

    /// <summary>The summary of a property; empty where there is none.</summary>
    public static string Property(PropertyInfo property) =>
        Members
            .GetOrAdd(property.DeclaringType!.Assembly, Read)
            .GetValueOrDefault($"P:{property.DeclaringType.FullName!.Replace('+', '.')}.{property.Name}")
            ?.Element("summary")
            is { } text
            ? Text(text)
            : "";

    private static IReadOnlyDictionary<string, XElement> Read(Assembly assembly)
    {
        var path = Path.ChangeExtension(assembly.Location, ".xml");
        return File.Exists(path)
            ? XDocument.Load(path).Descendants("member").ToDictionary(m => (string)m.Attribute("name")!)
            : new Dictionary<string, XElement>();
    }

    /// <summary>A reference reads as the last part of its name.</summary>
    private static string Text(XElement element) =>
        Spaces()
            .Replace(
                string.Concat(
                    element
                        .Nodes()
                        .Select(n =>
                            n switch
                            {
                                XText text => text.Value,
                                XElement e when e.Attribute("cref") is { } cref && e.IsEmpty => ConfigShape.Key(
                                    cref.Value[(cref.Value.LastIndexOf('.') + 1)..]
                                ),
                                XElement e when e.Attribute("name") is { } name => ConfigShape.Key(name.Value),
                                XElement e => Text(e),
                                _ => "",
                            }
                        )
                ),
                " "
            )
            .Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
