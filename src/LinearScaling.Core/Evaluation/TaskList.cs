namespace LinearScaling.Evaluation;

/// <summary>What may be named in <c>--tasks</c>: tasks, groups of tasks, and metrics that a task gives along with others.</summary>
public static class TaskList
{
    private static readonly Dictionary<string, string[]> Groups = new(StringComparer.Ordinal)
    {
        ["bits_per_byte"] = ["val_loss"],
    };

    public static IReadOnlyList<string> Names { get; } = [.. EvalTask.Variants.Names, .. Groups.Keys];

    /// <summary>The tasks of a comma-separated list, each once, in the order named.</summary>
    public static IReadOnlyList<EvalTask> Parse(string list)
    {
        var tasks = new List<EvalTask>();
        foreach (var name in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).SelectMany(n => Groups.GetValueOrDefault(n, [n])).Distinct())
            tasks.Add(EvalTask.Variants.TryGet(name, out var type)
                ? Create(type)
                : throw new LinearScalingException($"--tasks: unknown evaluation task '{name}'; did you mean {string.Join(" or ", Nearest(name))}? One of: {string.Join(", ", Names)}"));
        return tasks.Count > 0 ? tasks : throw new LinearScalingException($"--tasks: names no task; one or more of: {string.Join(", ", Names)}");
    }

    /// <summary>The task with every default of its record.</summary>
    private static EvalTask Create(Type type)
    {
        var constructor = type.GetConstructors().Single();
        return (EvalTask)constructor.Invoke([.. constructor.GetParameters().Select(p => p.DefaultValue)]);
    }

    private static IEnumerable<string> Nearest(string name) => Names.OrderBy(n => Distance(name, n)).ThenBy(n => n, StringComparer.Ordinal).Take(2);

    /// <summary>Levenshtein distance.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
