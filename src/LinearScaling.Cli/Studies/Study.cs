using System.Text.Json;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Configuration;
using LinearScaling.Evaluation;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Cli.Studies;

/// <summary>A study file and the runs it stands for.</summary>
internal sealed record Study(string Name, StudyConfig Config, IReadOnlyList<StudyRun> Runs)
{
    /// <summary>A file system takes 255 bytes, and the run's log has its name too.</summary>
    private const int LongestName = 200;

    /// <param name="sets">Keys of the study file set on the command line.</param>
    /// <param name="data">Token shards or text for all runs, over what the file says; null leaves it.</param>
    /// <exception cref="ConfigException">Every problem of the file, of its matrices and of the runs they make, each
    /// once.</exception>
    public static Study Open(string file, IEnumerable<string> sets, string? data)
    {
        var tree = sets.Aggregate(ConfigTree.Empty.WithFile(file), (t, set) => t.WithSet(set));
        var config = tree.Bind<StudyConfig>();
        var problems = new List<string>();
        var runs = config
            .Experiments.SelectMany((e, i) => Expand(config, e, $"experiments[{i}]", data, problems))
            .ToList();
        foreach (var twice in runs.GroupBy(r => r.Path).Where(g => g.Count() > 1))
            problems.Add($"{file}: several runs are called {twice.Key}");
        foreach (var same in runs.GroupBy(r => (r.Experiment, ConfigWriter.Hash(r.Config))).Where(g => g.Count() > 1))
            problems.Add($"{file}: {string.Join(" and ", same.Select(r => r.Path))} are the same run");
        foreach (var run in runs.Where(r => Path.GetFileName(r.Path).Length > LongestName))
            problems.Add(
                $"{file}: the run {run.Path[..60]}... has a name of {Path.GetFileName(run.Path).Length} characters, "
                    + $"{LongestName} at most; name the long value: AXIS: {{NAME: {{section: {{key: value}}}}}}"
            );
        try
        {
            _ = TaskList.Parse(config.Eval.Tasks);
        }
        catch (LinearScalingException e)
        {
            problems.Add($"{file}: eval.tasks: {e.Message["--tasks: ".Length..]}");
        }
        return problems.Count == 0
            ? new(Path.GetFileNameWithoutExtension(file), config, runs)
            : throw new ConfigException([.. problems.Distinct()]);
    }

    /// <summary>The tasks every checkpoint is evaluated on.</summary>
    public IReadOnlyList<EvalTask> Tasks => TaskList.Parse(Config.Eval.Tasks);

    /// <summary>How they are evaluated.</summary>
    public EvalOptions EvalOptions => new() { Limit = Config.Eval.Limit, TaskData = Config.Eval.TaskData };

    /// <summary>The study with the runs that meet every condition.</summary>
    /// <param name="conditions">As <c>arch=tnl</c> or <c>size=nano-1m,nano-3m</c>.</param>
    public Study Only(IEnumerable<string> conditions)
    {
        var chosen = Runs;
        foreach (var condition in conditions)
        {
            var (key, values) = condition.Split('=', 2) is [var k, var v]
                ? (k, v.Split(','))
                : throw new LinearScalingException($"--only {condition}: expected AXIS=VALUE, as arch=tnl");
            if (!Runs.Any(r => r.Labels.ContainsKey(key)))
                throw new LinearScalingException(
                    "--only: " + NearestNames.Unknown("axis", key, Runs.SelectMany(r => r.Labels.Keys))
                );
            foreach (var value in values.Where(value => !Runs.Any(r => r.Labels.GetValueOrDefault(key) == value)))
                throw new LinearScalingException(
                    $"--only {key}: "
                        + NearestNames.Unknown(
                            "value",
                            value,
                            Runs.Select(r => r.Labels.GetValueOrDefault(key)).OfType<string>()
                        )
                );
            chosen = [.. chosen.Where(r => r.Labels.TryGetValue(key, out var label) && values.Contains(label))];
        }
        return chosen.Count > 0
            ? this with
            {
                Runs = chosen,
            }
            : throw new LinearScalingException("--only: no run meets all conditions");
    }

    private static List<StudyRun> Expand(
        StudyConfig study,
        ExperimentConfig experiment,
        string path,
        string? data,
        List<string> problems
    )
    {
        var before = problems.Count;
        var axes = StudyMatrix.Read(experiment.Matrix, path + ".matrix", problems);
        if (problems.Count > before)
            return [];
        IEnumerable<IReadOnlyList<(Axis Axis, AxisValue Value)>> combinations =
        [
            [],
        ];
        foreach (var axis in axes)
            combinations = combinations.SelectMany(
                _ => axis.Values,
                (chosen, value) => (IReadOnlyList<(Axis, AxisValue)>)[.. chosen, (axis, value)]
            );
        var runs = new List<StudyRun>();
        foreach (var chosen in combinations)
            try
            {
                runs.Add(Bind(study, experiment, chosen, data));
            }
            catch (ConfigException e)
            {
                problems.AddRange(e.Problems);
            }
        return runs;
    }

    private static StudyRun Bind(
        StudyConfig study,
        ExperimentConfig experiment,
        IReadOnlyList<(Axis Axis, AxisValue Value)> chosen,
        string? data
    )
    {
        var labels = chosen.ToDictionary(c => c.Axis.Key, c => c.Value.Label);
        if (experiment.Name != "")
            labels[Axis.Experiment] = experiment.Name;
        var tree = Presets.Find(labels[Axis.Architecture], labels[Axis.Size]);
        foreach (var layer in new[] { study.Set, experiment.Set }.OfType<ConfigValue>())
            tree = tree.With(layer);
        tree = chosen.Aggregate(tree, (t, c) => c.Axis.Apply(t, c.Value));
        if (data is not null)
            tree = tree.WithValue("--data", "data.source", JsonSerializer.Serialize(Path.GetFullPath(data)));
        var name = string.Join(
            '-',
            chosen
                .Where(c => c.Axis.NamesPreset || c.Axis.Values.Count > 1 || c.Value.IsLayer)
                .OrderBy(c =>
                    c.Axis.Key switch
                    {
                        Axis.Architecture => 0,
                        Axis.Size => 1,
                        _ => 2,
                    }
                )
                .Select(c => c.Axis.NameOf(c.Value))
        );
        var config = tree.Bind<RunConfig>();
        return new(
            Path.Combine(experiment.Name, name),
            experiment,
            labels,
            config with
            {
                Checkpoints = config.Checkpoints with { KeepStops = false },
            }
        );
    }
}
