using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace LinearScaling.Input;

/// <summary>Real English text that every machine with the .NET SDK has: the API reference beside its reference
/// assemblies, one document per type.</summary>
internal static class SampleCorpus
{
    public const string Name = "sample";

    /// <summary>The reference files of the newest packs, in a fixed order.</summary>
    /// <exception cref="LinearScalingException">No .NET SDK was found.</exception>
    public static IReadOnlyList<string> Files()
    {
        var roots = Roots().Distinct().ToList();
        foreach (var packs in roots.Select(r => Path.Combine(r, "packs")).Where(Directory.Exists))
        {
            var files = Directory
                .GetDirectories(packs, "*.Ref")
                .Order(StringComparer.Ordinal)
                .SelectMany(NewestFiles)
                .ToList();
            if (files.Count > 0)
                return files;
        }
        throw InputMistakes.NoSample(roots);
    }

    /// <summary>One text per type: its documentation and that of its members, each sentence at its first place
    /// only.</summary>
    public static IEnumerable<string> Documents(IEnumerable<string> files)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            foreach (
                var type in XDocument
                    .Load(reader)
                    .Descendants("member")
                    .GroupBy(m => TypeOf((string?)m.Attribute("name") ?? ""))
            )
            {
                var document = new StringBuilder();
                foreach (var member in type)
                    AppendMember(document, member, seen);
                if (document.Length > 0)
                    yield return $"{type.Key}\n\n{document}";
            }
        }
    }

    private static void AppendMember(StringBuilder document, XElement member, HashSet<string> seen)
    {
        var lines = new List<string>();
        foreach (var element in member.Elements())
        {
            var text = ReferenceText.Render(element);
            if (text.Length == 0)
                continue;
            var line = element.Name.LocalName switch
            {
                "param" or "typeparam" => $"{(string?)element.Attribute("name")}: {text}",
                "returns" => $"Returns: {text}",
                "exception" => $"{ReferenceText.NameOf((string?)element.Attribute("cref") ?? "")}: {text}",
                "summary" or "remarks" or "value" => text,
                _ => "",
            };
            if (line.Length > 0 && seen.Add(text))
                lines.Add(line);
        }
        if (lines.Count == 0)
            return;
        var name = ReferenceText.NameOf((string?)member.Attribute("name") ?? "");
        document.Append(name[(name.LastIndexOf('.') + 1)..]).Append('\n');
        foreach (var line in lines)
            document.Append(line).Append('\n');
        document.Append('\n');
    }

    /// <summary>"M:System.String.Concat(System.Object)" belongs to "System.String".</summary>
    private static string TypeOf(string name)
    {
        var plain = ReferenceText.NameOf(name);
        return name.StartsWith("T:", StringComparison.Ordinal) || plain.LastIndexOf('.') is not (> 0 and var dot)
            ? plain
            : plain[..dot];
    }

    private static IEnumerable<string> NewestFiles(string pack) =>
        Directory
            .GetDirectories(pack)
            .OrderByDescending(v =>
                Version.TryParse(Path.GetFileName(v).Split('-')[0], out var version) ? version : new Version()
            )
            .Select(v => Path.Combine(v, "ref"))
            .Where(Directory.Exists)
            .SelectMany(r => Directory.GetDirectories(r, "net*").Order(StringComparer.Ordinal).Take(1))
            .Take(1)
            .SelectMany(f => Directory.GetFiles(f, "*.xml").Order(StringComparer.Ordinal));

    private static IEnumerable<string> Roots()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
            yield return root;
        // The shared framework that runs this program lies in <root>/shared/Microsoft.NETCore.App/<version>.
        if (Path.GetDirectoryName(typeof(object).Assembly.Location) is { Length: > 0 } framework)
            yield return Path.GetFullPath(Path.Combine(framework, "..", "..", ".."));
        foreach (
            var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(
                Path.PathSeparator,
                StringSplitOptions.RemoveEmptyEntries
            )
        )
            if (
                new FileInfo(Path.Combine(folder, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet")) is
                { Exists: true } dotnet
            )
                yield return Path.GetDirectoryName(
                    (dotnet.ResolveLinkTarget(returnFinalTarget: true) ?? dotnet).FullName
                )!;
        yield return "/usr/share/dotnet";
        yield return "/usr/lib/dotnet";
    }
}
