using System.CommandLine;
using System.Text.Json;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Configuration;
using LinearScaling.Evaluation;
using LinearScaling.Laws.Forms;
using LinearScaling.Schedules;
using LinearScaling.Text;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs list</c>: everything that can be named on the command line or in a configuration.</summary>
internal static class ListCommand
{
    /// <summary>The lists, one line each; a table of variants lists itself. Made when they are shown: tasks and their
    /// metrics take longer than every command's start.</summary>
    private static readonly (string Name, Func<IReadOnlyList<string>> Names)[] Lists =
    [
        ("architectures", () => ModelConfig.Variants.Names),
        ("sizes", () => Presets.Sizes),
        ("tokenizers", () => Tokenizer.Variants.Names),
        ("tasks", () => TaskList.Names),
        (
            "metrics",
            () =>
                [
                    "train_loss",
                    .. EvalTask
                        .Variants.Names.SelectMany(n => TaskList.Parse(n))
                        .SelectMany(t => t.Metrics(new EvalOptions()))
                        .Select(m => m.Name)
                        .Distinct(),
                ]
        ),
        ("laws", () => LawForm.Variants.Names),
        ("horizons", () => Horizon.Variants.Names),
        ("schedules", () => LrSchedule.Variants.Names),
    ];

    public static Command Create()
    {
        var list = new Argument<string?>("list")
        {
            Description = $"One of: {string.Join(", ", Lists.Select(l => l.Name))}; all without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = CliOptions.Json();
        var command = new Command("list", "Show the names that can be chosen from.") { list, json };
        command.SetAction(
            (parse, _) =>
            {
                var output = parse.InvocationConfiguration.Output;
                var wanted = parse.GetValue(list) is { } name ? [Find(name)] : Lists;
                if (parse.GetValue(json))
                    output.WriteLine(JsonSerializer.Serialize(wanted.ToDictionary(l => l.Name, l => l.Names())));
                else if (wanted is [var (_, names)])
                    foreach (var line in names())
                        output.WriteLine(line);
                else
                    foreach (var (title, all) in wanted)
                        output.WriteLine($"{title, -14} {string.Join(' ', all())}");
                return 0;
            }
        );
        return command;
    }

    private static (string Name, Func<IReadOnlyList<string>> Names) Find(string name) =>
        Array.FindIndex(Lists, l => l.Name == name) is var i and >= 0
            ? Lists[i]
            : throw new LinearScalingException(
                "lcs list: " + NearestNames.Unknown("list", name, Lists.Select(l => l.Name))
            );
}
