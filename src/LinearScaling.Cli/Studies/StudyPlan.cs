using System.Globalization;
using System.Text.Json.Nodes;
using LinearScaling.Cli.Progress;
using LinearScaling.Cli.Reports;
using LinearScaling.Compute;

namespace LinearScaling.Cli.Studies;

/// <summary>What a study will be and cost, run by run, before it is paid for.</summary>
internal static class StudyPlan
{
    public static string Text(Study study)
    {
        var hardware = study.Config.Hardware;
        var convention = Flops.Common(study.Runs.Select(r => r.FlopsPerToken));
        var table = new TextTable(
            "run",
            "parameters",
            "FLOP/step",
            "steps",
            "tokens",
            "FLOPs",
            "PF-days",
            "checkpoints",
            "storage",
            "memory",
            "device-hours"
        );
        foreach (var group in study.Runs.GroupBy(r => r.Experiment.Name))
        {
            foreach (var run in group)
                table.Add(
                    run.Path,
                    Millions(run.Parameters.NonEmbedding),
                    Operations(run.FlopsPerToken[convention] * run.Config.Train.BatchTokens),
                    run.Steps.ToString("N0", CultureInfo.InvariantCulture),
                    Units.Count(run.Tokens),
                    Scientific(run.Tokens * run.FlopsPerToken[convention]),
                    Numbers.Short(run.Tokens * run.FlopsPerToken[convention] / Flops.PflopsDay),
                    run.Checkpoints.ToString(CultureInfo.InvariantCulture),
                    Units.Bytes((double)run.Checkpoints * run.CheckpointBytes),
                    Units.Bytes(run.Memory.Total),
                    Hours(run.Hours(hardware))
                );
            table.Add(Total([.. group], group.Key == "" ? "all" : $"all of {group.Key}", convention, hardware));
        }
        if (study.Runs.Select(r => r.Experiment.Name).Distinct().Count() > 1)
            table.Add(Total(study.Runs, "all", convention, hardware));
        var tooLarge = study.Runs.Count(r => r.Memory.Total > hardware.Memory);
        var excess =
            tooLarge == 0
                ? ""
                : $"; {tooLarge} {(tooLarge == 1 ? "run exceeds" : "runs exceed")} the "
                    + $"{Units.Bytes(hardware.Memory)} of {hardware.Device}";
        return string.Join(
            '\n',
            [
                table.ToString().TrimEnd(),
                "",
                $"parameters without embeddings; FLOPs {Count(study)} (lcs plan --arch --size shows the others); "
                    + "storage: weights and moments, fp32",
                $"memory: of one device that holds all states of a run{excess}",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"device-hours: exact FLOPs at {100 * hardware.Mfu:0.#} % of "
                        + $"{Numbers.Short(hardware.PeakFlops / 1e12)} TFLOP/s ({hardware.Device}), recomputation "
                        + $"not counted; evaluations come on top"
                ),
            ]
        );
    }

    public static JsonObject Json(Study study)
    {
        var runs = new JsonArray();
        foreach (var run in study.Runs)
        {
            double? paper = run.FlopsPerToken.TryGetValue(Flops.Paper, out var count) ? count : null;
            runs.Add(
                new JsonObject
                {
                    ["run"] = run.Path,
                    ["experiment"] = run.Experiment.Name,
                    ["architecture"] = run.Architecture,
                    ["size"] = run.Size,
                    ["parameters_non_embedding"] = run.Parameters.NonEmbedding,
                    ["parameters_total"] = run.Parameters.Total,
                    ["tokens_per_step"] = run.Config.Train.BatchTokens,
                    ["steps"] = run.Steps,
                    ["tokens"] = run.Tokens,
                    ["flops_per_step_paper"] = paper * run.Config.Train.BatchTokens,
                    ["flops_paper"] = paper * run.Tokens,
                    ["flops_exact"] = run.ExactFlops,
                    ["checkpoints"] = run.Checkpoints,
                    ["checkpoint_bytes"] = run.CheckpointBytes,
                    ["training_memory_total"] = run.Memory.Total,
                    ["device_hours"] = run.Hours(study.Config.Hardware),
                }
            );
        }
        return new JsonObject
        {
            ["study"] = study.Name,
            ["device"] = study.Config.Hardware.Device,
            ["peak_flops"] = study.Config.Hardware.PeakFlops,
            ["mfu"] = study.Config.Hardware.Mfu,
            ["runs"] = runs,
        };
    }

    /// <summary>How the table counts FLOPs: every run alike.</summary>
    private static string Count(Study study)
    {
        var others = study.Runs.Where(r => !r.FlopsPerToken.ContainsKey(Flops.Paper)).Select(r => r.Architecture);
        return others.Any()
            ? $"as exact, since the paper has no count for {string.Join(", ", others.Distinct())}"
            : "by the paper's count";
    }

    private static string[] Total(IReadOnlyList<StudyRun> runs, string name, string convention, Hardware hardware)
    {
        var flops = runs.Sum(r => r.Tokens * r.FlopsPerToken[convention]);
        return
        [
            $"{name}: {runs.Count}",
            "",
            "",
            "",
            Units.Count(runs.Sum(r => r.Tokens)),
            Scientific(flops),
            Numbers.Short(flops / Flops.PflopsDay),
            runs.Sum(r => r.Checkpoints).ToString("N0", CultureInfo.InvariantCulture),
            Units.Bytes(runs.Sum(r => (double)r.Checkpoints * r.CheckpointBytes)),
            "",
            Hours(runs.Sum(r => r.Hours(hardware))),
        ];
    }

    /// <summary>One digit after the point, as studies print them: 906.1 M.</summary>
    private static string Millions(double count) => Scaled(count, 1, [(1e6, "M"), (1e3, "k")]);

    /// <summary>One digit after the point: 40.4 P; from a tenth of a unit on, since the paper says 0.5 PFLOP where that
    /// is 500 T.</summary>
    private static string Operations(double flops) =>
        Scaled(flops, 0.1, [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M")]);

    private static string Scaled(double value, double least, (double Size, string Prefix)[] units)
    {
        var (size, prefix) = Array.Find(units, u => value >= least * u.Size) is { Size: > 0 } fit ? fit : units[^1];
        return string.Create(CultureInfo.InvariantCulture, $"{value / size:F1} {prefix}");
    }

    private static string Scientific(double flops) => flops.ToString("0.00e0", CultureInfo.InvariantCulture);

    private static string Hours(double hours) =>
        hours.ToString(hours >= 100 ? "N0" : "G3", CultureInfo.InvariantCulture);
}
