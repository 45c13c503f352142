using System.Collections.Immutable;
using LinearScaling.Files;

namespace LinearScaling.Configuration;

/// <summary>A configuration before it is bound: layers of YAML, of which later ones win key by key.</summary>
public sealed class ConfigTree
{
    private static readonly Place Nowhere = new(0, "", 0, 0);

    private readonly ConfigMapping root;
    private readonly int layers;
    private readonly ImmutableList<string> problems;
    private readonly bool whole;

    /// <param name="whole">Whether every file could be read; only then is a missing key reported.</param>
    private ConfigTree(ConfigMapping root, int layers, ImmutableList<string> problems, bool whole) =>
        (this.root, this.layers, this.problems, this.whole) = (root, layers, problems, whole);

    public static ConfigTree Empty { get; } = new(new(Nowhere, []), 0, [], whole: true);

    /// <summary>The tree with a file over it.</summary>
    public ConfigTree WithFile(string path)
    {
        try
        {
            return With(Utf8File.ReadAllText(path), path);
        }
        catch (LinearScalingException e)
        {
            return Unreadable(e.Message);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            return Unreadable($"{path}: cannot be read: {e.Message}");
        }
    }

    /// <summary>The tree with YAML text over it.</summary>
    /// <param name="source">The text's name in messages.</param>
    public ConfigTree With(string yaml, string source) => Over(yaml, new(layers + 1, source, 1, 1));

    /// <summary>The tree with one value over it.</summary>
    /// <param name="assignment">As typed after <c>--set</c>: <c>section.key=value</c>, the value in YAML.</param>
    public ConfigTree WithSet(string assignment)
    {
        var split = assignment.IndexOf('=', StringComparison.Ordinal);
        return split > 0 && !assignment[..split].Split('.').Contains("")
            ? WithValue("--set", assignment[..split], assignment[(split + 1)..])
            : Refused($"--set {assignment}: expected section.key=value");
    }

    /// <summary>The tree with one value over it that a command-line option set; problems name that option.</summary>
    /// <param name="option">The option, as <c>--steps</c>.</param>
    /// <param name="path">The key it sets, as <c>train.steps</c>.</param>
    public ConfigTree WithValue(string option, string path, string value)
    {
        var at = new Place(layers + 1, option, 0, 0);
        try
        {
            var node = YamlReader.Read(value, at);
            foreach (var key in path.Split('.').Reverse())
                node = new ConfigMapping(at, [new(at, key, node)]);
            return new(root.With((ConfigMapping)node), layers + 1, problems, whole);
        }
        catch (ConfigException)
        {
            return Refused($"{option} {path}: not a YAML value: '{value}'");
        }
    }

    /// <summary>The tree with a mapping over it that another configuration contained; problems name its place
    /// there.</summary>
    public ConfigTree With(ConfigValue layer) =>
        layer.InLayer(layers + 1) switch
        {
            ConfigMapping map => new(root.With(map), layers + 1, problems, whole),
            ConfigScalar { IsNull: true } => this,
            var other => Unreadable($"{other.At}: expected a mapping"),
        };

    /// <summary>The tree with one value over it that another configuration contained.</summary>
    /// <param name="path">The key it sets, as <c>train.steps</c>.</param>
    public ConfigTree WithValue(string path, ConfigValue value)
    {
        var node = value.InLayer(layers + 1);
        var at = node.At;
        foreach (var key in path.Split('.').Reverse())
            node = new ConfigMapping(at, [new(at, key, node)]);
        return new(root.With((ConfigMapping)node), layers + 1, problems, whole);
    }

    /// <summary>The record the tree describes.</summary>
    /// <exception cref="ConfigException">Every problem of every layer.</exception>
    public T Bind<T>()
        where T : class
    {
        if (!whole)
            throw new ConfigException(problems);
        var binder = new ConfigBinder();
        var bound = binder.Bind(typeof(T), root);
        var found = problems.AddRange(binder.Problems);
        return found.IsEmpty ? (T)bound! : throw new ConfigException(found);
    }

    private ConfigTree Over(string yaml, Place at)
    {
        try
        {
            return YamlReader.Read(yaml, at) switch
            {
                ConfigMapping map => new(root.With(map), layers + 1, problems, whole),
                ConfigScalar { IsNull: true } empty => new(root with { At = empty.At }, layers + 1, problems, whole),
                var other => Unreadable($"{other.At}: expected a mapping"),
            };
        }
        catch (ConfigException e)
        {
            return Unreadable([.. e.Problems]);
        }
    }

    private ConfigTree Refused(string problem) => new(root, layers + 1, problems.Add(problem), whole);

    private ConfigTree Unreadable(params string[] found) =>
        new(root, layers + 1, problems.AddRange(found), whole: false);
}
