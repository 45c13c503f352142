namespace LinearScaling.Configuration;

/// <summary>Where a value was written: a line of a file, or an option of the command line.</summary>
/// <param name="Layer">Which layer of the configuration; later layers win.</param>
/// <param name="Source">The file, or the option as typed.</param>
/// <param name="Line">From 1; 0 where the source has no lines.</param>
internal readonly record struct Place(int Layer, string Source, int Line, int Column)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

/// <summary>A YAML value and where it was written.</summary>
internal abstract record ConfigNode(Place At);

/// <param name="Plain">Written without quotes, so that <c>null</c> means null.</param>
internal sealed record ConfigScalar(Place At, string Text, bool Plain) : ConfigNode(At)
{
    public bool IsNull => Plain && Text is "" or "~" or "null";
}

internal sealed record ConfigList(Place At, IReadOnlyList<ConfigNode> Items) : ConfigNode(At);

internal sealed record ConfigMapping(Place At, IReadOnlyList<ConfigEntry> Entries) : ConfigNode(At)
{
    public ConfigNode? this[string key] => Entries.FirstOrDefault(e => e.Key == key)?.Value;

    /// <summary>This mapping with another one over it: mappings merge key by key, anything else replaces.</summary>
    public ConfigMapping With(ConfigMapping over)
    {
        var merged = Entries.ToList();
        foreach (var entry in over.Entries)
        {
            var i = merged.FindIndex(e => e.Key == entry.Key);
            if (i < 0)
                merged.Add(entry);
            else
                merged[i] = entry with
                {
                    Value =
                        merged[i].Value is ConfigMapping below && entry.Value is ConfigMapping above
                            ? below.With(above)
                            : entry.Value,
                };
        }
        // A value set on the command line gives the mapping around it no new place.
        return new(over.At.Line == 0 ? At : over.At, merged);
    }
}

internal sealed record ConfigEntry(Place At, string Key, ConfigNode Value);
