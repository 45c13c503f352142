using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LinearScaling.Configuration;

/// <summary>Reads YAML text into nodes that know their place.</summary>
internal static class YamlReader
{
    private const int DeepestNesting = 64; // an alias may contain itself

    /// <param name="at">The first place of the text; with line 0 all nodes stand at that one place.</param>
    /// <exception cref="ConfigException">The text is not one YAML document.</exception>
    public static ConfigNode Read(string yaml, Place at)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents.Count switch
            {
                0 => new ConfigScalar(at, "", true),
                1 => Convert(stream.Documents[0].RootNode, at, 0),
                _ => throw new ConfigException([
                    $"{At(at, stream.Documents[1].RootNode.Start)}: expected one YAML document",
                ]),
            };
        }
        catch (YamlException e)
        {
            throw new ConfigException([$"{At(at, e.Start)}: {e.Message}"]);
        }
    }

    private static ConfigNode Convert(YamlNode node, Place file, int depth)
    {
        var at = At(file, node.Start);
        if (depth > DeepestNesting)
            throw new ConfigException([$"{at}: nested too deeply"]);
        return node switch
        {
            YamlMappingNode map => new ConfigMapping(
                at,
                [
                    .. map.Children.Select(c => new ConfigEntry(
                        At(file, c.Key.Start),
                        (c.Key as YamlScalarNode)?.Value ?? c.Key.ToString(),
                        Convert(c.Value, file, depth + 1)
                    )),
                ]
            ),
            YamlSequenceNode list => new ConfigList(at, [.. list.Children.Select(c => Convert(c, file, depth + 1))]),
            YamlScalarNode scalar => new ConfigScalar(
                at,
                scalar.Value ?? "",
                scalar.Style is ScalarStyle.Plain or ScalarStyle.Any
            ),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static Place At(Place file, Mark mark) =>
        file.Line == 0 ? file : file with { Line = (int)mark.Line, Column = (int)mark.Column };
}
