using LinearScaling.Configuration;

namespace LinearScaling.Evaluation;

/// <summary>What may be named in <c>--tasks</c>: tasks, groups of tasks, and lists of them.</summary>
public static class TaskList
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Several = new(StringComparer.Ordinal)
    {
        ["bits_per_byte"] = ["val_loss"],
        ["needle"] = ["needle_easy", "needle_standard"],
        // arXiv:2406.16690, section 5
        ["study"] = ["val_loss", "wikitext", "lambada_openai", "csr7", "needle", "scrolls"],
    };

    public static IReadOnlyList<string> Names { get; } =
    [.. EvalTask.Variants.Names, .. EvalGroup.All.Select(g => g.Name), .. Several.Keys];

    /// <summary>The tasks of a comma-separated list, each once, in the order named.</summary>
    /// <param name="list">Names of tasks and groups.</param>
    /// <param name="settings">Values of the tasks' records, as <c>needle_easy.max_length=4000</c>.</param>
    public static IReadOnlyList<EvalTask> Parse(string list, IReadOnlyList<string>? settings = null)
    {
        string[] names = [.. Named(list).SelectMany(Members).Distinct()];
        if (names.Length == 0)
            throw new LinearScalingException($"--tasks: names no task; one or more of: {string.Join(", ", Names)}");
        foreach (var name in names)
            if (!EvalTask.Variants.TryGet(name, out _))
                throw new LinearScalingException(
                    $"--tasks: {NearestNames.Unknown(EvalTask.Variants.Kind, name, Names)}"
                );
        foreach (var setting in settings ?? [])
            if (!names.Contains(setting.Split('.', '=')[0]))
                throw EvaluationMistakes.NotASetting(setting, names);
        return [.. names.Select(n => Bind(n, settings ?? []))];
    }

    /// <summary>The groups that a list names.</summary>
    public static IReadOnlyList<EvalGroup> GroupsIn(string list) =>
        [.. EvalGroup.All.Where(g => Named(list).Contains(g.Name))];

    /// <summary>The tasks and groups of a list.</summary>
    private static IEnumerable<string> Named(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(n => Several.GetValueOrDefault(n, [n]))
            .SelectMany(n => Several.GetValueOrDefault(n, [n]));

    private static IEnumerable<string> Members(string name) =>
        EvalGroup.All.FirstOrDefault(g => g.Name == name)?.Tasks ?? [name];

    private static EvalTask Bind(string name, IReadOnlyList<string> settings)
    {
        var tree = ConfigTree.Empty.WithValue("--tasks", Registry.Key, name);
        foreach (var setting in settings.Where(s => s.StartsWith(name + ".", StringComparison.Ordinal)))
            tree = tree.WithSet(setting[(name.Length + 1)..]);
        return tree.Bind<EvalTask>();
    }
}
