using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Cli.Progress;
using LinearScaling.Cli.Studies;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Commands.Planning;

/// <summary><c>lcs plan</c>: parameters, FLOPs, states and memory of a run or a study before it starts.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // what is never reached costs Infinity
    };

    public static Command Create()
    {
        var study = new Argument<string?>("study")
        {
            Description = "A study file, as configs/studies/paper.yaml: every run of it, and the totals.",
            HelpName = "file",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var arch = CliOptions.Architecture();
        var size = CliOptions.Size();
        var config = CliOptions.Config();
        var set = CliOptions.Set();
        var json = CliOptions.Json();
        var devices = CliOptions.PositiveInt(
            "--devices",
            "Divide the run among so many devices: memory and bytes sent of each, and the time they take."
        );
        var command = new Command(
            "plan",
            "Show what a run or a study would be and cost: parameters, FLOPs, states, memory; or how to spend a budget."
        )
        {
            study,
            arch,
            size,
            config,
            set,
            devices,
            json,
        };
        foreach (var option in LawPlanOptions.All)
            command.Options.Add(option);
        command.SetAction(parse =>
        {
            if (LawPlanOptions.Read(parse) is { } plan)
            {
                var other =
                    parse.GetValue(study)
                    ?? new Option[] { arch, size, config, set, devices }
                        .FirstOrDefault(o => parse.GetResult(o) is not null)
                        ?.Name;
                if (other is not null)
                    throw CommandMistakes.LawAnd(plan.TargetLoss is null ? "--budget" : "--target-loss", other);
                parse.InvocationConfiguration.Output.WriteLine(
                    parse.GetValue(json) ? plan.Json(Indented).ToJsonString(Indented) : LawPlanText.Format(plan)
                );
                return 0;
            }
            if (parse.GetValue(study) is { } file)
            {
                if (new[] { arch, size, config }.FirstOrDefault(o => parse.GetValue(o) is not null) is { } other)
                    throw CommandMistakes.StudyAnd(file, other.Name);
                var opened = Study.Open(file, parse.GetValue(set) ?? [], data: null);
                parse.InvocationConfiguration.Output.WriteLine(
                    parse.GetValue(json) ? StudyPlan.Json(opened).ToJsonString(Indented) : StudyPlan.Text(opened)
                );
                return 0;
            }
            var choice = RunChoice.Make(
                parse.GetValue(arch),
                parse.GetValue(size),
                parse.GetValue(config),
                [],
                parse.GetValue(set) ?? []
            );
            var count = parse.GetValue(devices) ?? 1;
            WorkShare.Check(choice.Config, count);
            var figures = PlanFigures.List(choice.Config, count);
            parse.InvocationConfiguration.Output.WriteLine(
                parse.GetValue(json) ? Json(choice, figures)
                : count == 1 ? Text(choice, figures)
                : Text(choice, figures) + "\n" + Traffic(choice.Config, count, new Hardware())
            );
            return 0;
        });
        return command;
    }

    private static string Json(RunChoice choice, IReadOnlyList<PlanFigure> figures)
    {
        var root = new JsonObject { ["architecture"] = choice.Architecture, ["size"] = choice.Size };
        foreach (var figure in figures)
            root[figure.Name] = figure.Value;
        return root.ToJsonString(Indented);
    }

    private static string Text(RunChoice choice, IReadOnlyList<PlanFigure> figures) =>
        string.Join(
            '\n',
            [
                $"{choice.Architecture} {choice.Size}",
                .. figures.Select(f =>
                    string.Create(CultureInfo.InvariantCulture, $"  {f.Name, -32} {Number(f), 28} {f.Unit}")
                ),
            ]
        );

    private static string Number(PlanFigure figure) =>
        figure.Unit == "FLOPs"
            ? figure.Value.ToString("0.0000e0", CultureInfo.InvariantCulture)
            : figure.Value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Traffic(RunConfig config, int devices, Hardware hardware) =>
        TrafficText.Format(config, devices, hardware.PeakFlops, hardware.Mfu, hardware.Device);
}
