using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LinearScaling.Input;

/// <summary>The prose of an XML documentation element: cross-references by their names, white space as single
/// spaces.</summary>
internal static partial class ReferenceText
{
    public static string Render(XElement element)
    {
        var text = new StringBuilder();
        Append(text, element);
        return SpaceBeforePunctuation().Replace(WhiteSpace().Replace(text.ToString(), " "), "$1").Trim();
    }

    /// <summary>"T:System.Collections.Generic.List`1" is "System.Collections.Generic.List";
    /// "M:System.String.#ctor(System.Char[])" is "System.String.String".</summary>
    public static string NameOf(string reference)
    {
        var name = reference.Length > 1 && reference[1] == ':' ? reference[2..] : reference;
        name = Arity().Replace(name.Split('(')[0].Split('~')[0], "");
        if (name.EndsWith(".#ctor", StringComparison.Ordinal))
            name = name[..^6] is var type ? $"{type}.{type[(type.LastIndexOf('.') + 1)..]}" : name;
        return name.Replace('#', '.').Replace('@', ' ').Trim();
    }

    private static void Append(StringBuilder text, XElement element)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText words)
                text.Append(words.Value);
            else if (node is XElement child)
                AppendChild(text, child);
        }
    }

    private static void AppendChild(StringBuilder text, XElement child)
    {
        var name = child.Name.LocalName;
        if (name is "code" or "script" or "format")
            return;
        var block =
            name is "para" or "p" or "item" or "list" or "listheader" or "br" or "ul" or "li" or "div" or "description";
        if (block)
            text.Append(' ');
        if (child.IsEmpty)
            text.Append(
                (string?)child.Attribute("langword")
                    ?? (string?)child.Attribute("name")
                    ?? ShortName((string?)child.Attribute("cref") ?? (string?)child.Attribute("href") ?? "")
            );
        else
            Append(text, child);
        if (block)
            text.Append(' ');
    }

    /// <summary>Running text names the type or the type and its member, not the namespaces.</summary>
    private static string ShortName(string reference)
    {
        var parts = NameOf(reference).Split('.');
        return reference.StartsWith("T:", StringComparison.Ordinal) || parts.Length < 2
            ? parts[^1]
            : $"{parts[^2]}.{parts[^1]}";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@" ([,.;:)])")]
    private static partial Regex SpaceBeforePunctuation();

    [GeneratedRegex(@"``?\d+")]
    private static partial Regex Arity();
}
