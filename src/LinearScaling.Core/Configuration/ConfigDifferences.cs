namespace LinearScaling.Configuration;

/// <summary>How two configurations differ, key by key.</summary>
public static class ConfigDifferences
{
    /// <summary><c>train.optimizer.peak_lr: 0.0003 there, 0.001 here</c>, in the order of the keys; those without a
    /// part in the identity do not count.</summary>
    public static IReadOnlyList<string> Between(object there, object here) =>
        Between(ConfigWriter.Identity(there), ConfigWriter.Identity(here));

    /// <summary>Likewise, of two configurations as <see cref="ConfigWriter"/> writes them.</summary>
    public static IReadOnlyList<string> Between(string there, string here)
    {
        var before = Flatten(there);
        var after = Flatten(here);
        return
        [
            .. before
                .Keys.Union(after.Keys)
                .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
                .Select(key =>
                    $"{key}: {before.GetValueOrDefault(key, "nothing")} there, "
                    + $"{after.GetValueOrDefault(key, "nothing")} here"
                ),
        ];
    }

    /// <summary>Path and value of every line that has a value; the writer indents by two spaces.</summary>
    private static Dictionary<string, string> Flatten(string yaml)
    {
        var values = new Dictionary<string, string>();
        var path = new List<string>();
        foreach (var line in yaml.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var depth = (line.Length - line.TrimStart().Length) / 2;
            var (key, value) = line.Trim().Split(": ", 2) is [var k, var v] ? (k, v) : (line.Trim().TrimEnd(':'), "");
            path.RemoveRange(Math.Min(depth, path.Count), path.Count - Math.Min(depth, path.Count));
            path.Add(key);
            if (value != "")
                values[string.Join('.', path)] = value;
        }
        return values;
    }
}
