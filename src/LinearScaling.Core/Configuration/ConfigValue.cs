namespace LinearScaling.Configuration;

/// <summary>YAML that a record keeps as it was written, with its place: it becomes part of another
/// configuration.</summary>
public sealed class ConfigValue
{
    internal ConfigValue(ConfigNode node) => Node = node;

    internal ConfigNode Node { get; }

    /// <summary>Where it was written, as <c>file:line:column</c>.</summary>
    public string Place => Node.At.ToString();

    /// <summary>The text of a scalar; null for anything else, and for an omitted value.</summary>
    public string? Text => Node is ConfigScalar { IsNull: false } scalar ? scalar.Text : null;

    /// <summary>Whether nothing was written: <c>key:</c>, <c>null</c>.</summary>
    public bool IsNull => Node is ConfigScalar { IsNull: true };

    /// <summary>The items of a list, or null.</summary>
    public IReadOnlyList<ConfigValue>? Items =>
        Node is ConfigList list ? [.. list.Items.Select(i => new ConfigValue(i))] : null;

    /// <summary>The keys and values of a mapping, or null.</summary>
    public IReadOnlyList<(string Key, ConfigValue Value)>? Entries =>
        Node is ConfigMapping map ? [.. map.Entries.Select(e => (e.Key, new ConfigValue(e.Value)))] : null;

    /// <summary>The value as one of a later layer.</summary>
    internal ConfigNode InLayer(int layer) => InLayer(Node, layer);

    private static ConfigNode InLayer(ConfigNode node, int layer) =>
        node switch
        {
            ConfigMapping map => new ConfigMapping(
                map.At with
                {
                    Layer = layer,
                },
                [
                    .. map.Entries.Select(e => new ConfigEntry(
                        e.At with
                        {
                            Layer = layer,
                        },
                        e.Key,
                        InLayer(e.Value, layer)
                    )),
                ]
            ),
            ConfigList list => new ConfigList(
                list.At with
                {
                    Layer = layer,
                },
                [.. list.Items.Select(i => InLayer(i, layer))]
            ),
            _ => node with { At = node.At with { Layer = layer } },
        };
}
