using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LinearScaling.Configuration;

/// <summary>Reads YAML text into nodes that know their place.</summary>
internal static class YamlReader
{
    /// <summary>YAML's merge key (https://yaml.org/type/merge.html).</summary>
    private const string Merge = "<<";

    private const int DeepestNesting = 64; // an alias may contain itself

    /// <summary>Values of the largest configuration there may be: aliases of aliases can stand for billions.</summary>
    private const int MostValues = 100_000;

    /// <param name="at">The first place of the text; with line 0 all nodes stand at that one place.</param>
    /// <exception cref="ConfigException">The text is not one YAML document.</exception>
    public static ConfigNode Read(string yaml, Place at)
    {
        try
        {
            CheckNesting(yaml, at);
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            var values = 0;
            return stream.Documents.Count switch
            {
                0 => new ConfigScalar(at, "", true),
                1 => Convert(stream.Documents[0].RootNode, at, 0, ref values),
                _ => throw new ConfigException([
                    $"{At(at, stream.Documents[1].RootNode.Start)}: expected one YAML document",
                ]),
            };
        }
        catch (YamlException e)
        {
            throw new ConfigException([$"{At(at, e.Start)}: {e.Message}"]);
        }
        // YamlDotNet's parser lost its way
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new ConfigException([$"{at}: not YAML: {e.Message}"]);
        }
    }

    /// <summary>Nodes are loaded by recursion, which a text of ten thousand brackets would take too deep.</summary>
    private static void CheckNesting(string yaml, Place at)
    {
        var parser = new Parser(new StringReader(yaml));
        for (var depth = -2; parser.MoveNext(); ) // the stream and its document are levels too
            if ((depth += parser.Current!.NestingIncrease) > DeepestNesting + 1)
                throw new ConfigException([$"{At(at, parser.Current.Start)}: nested too deeply"]);
    }

    /// <param name="values">How many values were converted so far.</param>
    private static ConfigNode Convert(YamlNode node, Place file, int depth, ref int values)
    {
        var at = At(file, node.Start);
        if (depth > DeepestNesting)
            throw new ConfigException([$"{at}: nested too deeply"]);
        if (++values > MostValues)
            throw new ConfigException([$"{at}: more than {MostValues} values; do aliases (*name) repeat each other?"]);
        switch (node)
        {
            case YamlMappingNode map:
                var entries = new List<ConfigEntry>(map.Children.Count);
                var merged = new List<ConfigEntry>();
                foreach (var (key, value) in map.Children)
                {
                    var place = At(file, key.Start);
                    if (key is not YamlScalarNode { Value: { } name })
                        throw new ConfigException([$"{place}: a key is one value, not a list or a mapping"]);
                    var converted = Convert(value, file, depth + 1, ref values);
                    if (name == Merge)
                        merged.AddRange(Merged(converted, place));
                    else
                        entries.Add(new(place, name, converted));
                }
                // what a mapping says itself wins over what it merges, and what is merged first over what follows
                return new ConfigMapping(at, [.. entries.Concat(merged).DistinctBy(e => e.Key)]);
            case YamlSequenceNode list:
                var items = new List<ConfigNode>(list.Children.Count);
                foreach (var child in list.Children)
                    items.Add(Convert(child, file, depth + 1, ref values));
                return new ConfigList(at, [.. items]);
            case YamlScalarNode scalar:
                return new ConfigScalar(at, scalar.Value ?? "", scalar.Style is ScalarStyle.Plain or ScalarStyle.Any);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>The entries that <c>&lt;&lt;: *name</c>, or a list of such, takes over.</summary>
    private static IEnumerable<ConfigEntry> Merged(ConfigNode value, Place at) =>
        value switch
        {
            ConfigMapping map => map.Entries,
            ConfigList list when list.Items.All(i => i is ConfigMapping) => list.Items.SelectMany(i =>
                ((ConfigMapping)i).Entries
            ),
            _ => throw new ConfigException([$"{at}: {Merge}: expected a mapping to take over, as *name"]),
        };

    private static Place At(Place file, Mark mark) =>
        file.Line == 0 ? file : file with { Line = (int)mark.Line, Column = (int)mark.Column };
}
