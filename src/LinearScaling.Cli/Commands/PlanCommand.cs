using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LinearScaling.Torch.Training;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs plan</c>: parameters, FLOPs, states and memory of a run before it starts.</summary>
internal static class PlanCommand
{
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var arch = CliOptions.Architecture();
        var size = CliOptions.Size();
        var config = CliOptions.Config();
        var set = CliOptions.Set();
        var json = CliOptions.Json();
        var command = new Command("plan", "Show what a run would be and cost: parameters, FLOPs, states, memory.") { arch, size, config, set, json };
        command.SetAction(parse =>
        {
            var choice = RunChoice.Make(parse.GetValue(arch), parse.GetValue(size), parse.GetValue(config), [], parse.GetValue(set) ?? []);
            var figures = PlanFigures.Of(choice.Config);
            parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? Json(choice, figures) : Text(choice, figures));
            return 0;
        });
        return command;
    }

    private static string Json(RunChoice choice, IReadOnlyList<PlanFigure> figures)
    {
        var root = new JsonObject { ["architecture"] = choice.Architecture, ["size"] = choice.Size };
        foreach (var figure in figures)
            root[figure.Name] = figure.Value;
        return root.ToJsonString(indented);
    }

    private static string Text(RunChoice choice, IReadOnlyList<PlanFigure> figures) => string.Join('\n',
    [
        $"{choice.Architecture} {choice.Size}",
        .. figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"  {f.Name,-32} {Number(f),28} {f.Unit}")),
    ]);

    private static string Number(PlanFigure figure) =>
        figure.Unit == "FLOPs" ? figure.Value.ToString("0.0000e0", CultureInfo.InvariantCulture) : figure.Value.ToString("N0", CultureInfo.InvariantCulture);
}
