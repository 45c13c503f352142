using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Configuration;
using LinearScaling.Torch.Configuration;

namespace LinearScaling.Cli.Commands;

/// <summary><c>lcs schema</c>: every configuration key with type, default, bound and meaning.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var section = new Argument<string?>("section")
        {
            Description = "Only the keys that begin so: train.optimizer.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var markdown = new Option<bool>("--markdown") { Description = "Print configs/README.md." };
        var command = new Command("schema", "Show every configuration key with its type, default, bound and meaning.")
        {
            section,
            markdown,
        };
        command.SetAction(
            (parse, _) =>
            {
                var keys = ConfigSchema.Keys<RunConfig>();
                if (parse.GetValue(section) is { } start)
                {
                    var sections = keys.Select(k => k.Path.Split('.')[0]).Distinct();
                    keys =
                    [
                        .. keys.Where(k => k.Path == start || k.Path.StartsWith(start + ".", StringComparison.Ordinal)),
                    ];
                    if (keys.Count == 0)
                        throw new LinearScalingException(
                            "lcs schema: " + NearestNames.Unknown("section", start, sections)
                        );
                }
                var output = parse.InvocationConfiguration.Output;
                if (parse.GetValue(markdown))
                    output.Write(SchemaPage.Format(keys));
                else
                    foreach (var key in keys)
                        output.WriteLine(Line(key));
                return 0;
            }
        );
        return command;
    }

    /// <summary>A key on two lines: what it takes, and what it means.</summary>
    private static string Line(ConfigKey key)
    {
        string[] facts =
        [
            key.Type,
            key.Bound,
            key.Default is null ? "required" : $"default {key.Default}",
            key.When == "" ? "" : $"for {key.When}",
        ];
        return $"{key.Path}: {string.Join("; ", facts.Where(f => f != ""))}\n    {key.Meaning}";
    }
}
