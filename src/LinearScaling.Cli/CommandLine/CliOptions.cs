using System.CommandLine;
using System.Globalization;

namespace LinearScaling.Cli.CommandLine;

/// <summary>The options that commands share, and options that say what was wrong with their value.</summary>
/// <remarks>A validator that reads its own value throws out of Parse when the text does not convert
/// (dotnet/command-line-api#2645), so values are parsed and checked in one place: here.</remarks>
internal static class CliOptions
{
    public static Option<string?> Architecture() =>
        new("--arch") { Description = "Architecture; lcs list architectures shows the names.", HelpName = "name" };

    public static Option<string?> Size() =>
        new("--size") { Description = "Size; lcs list sizes shows the names.", HelpName = "name" };

    public static Option<string?> Config() =>
        new("--config")
        {
            Description = "Configuration in YAML, over the preset; lcs schema shows the keys.",
            HelpName = "file",
        };

    public static Option<string[]> Set() =>
        new("--set")
        {
            Description = "One configuration key, over everything else; may be given again.",
            HelpName = "section.key=value",
        };

    public static Option<string> Device() =>
        new("--device")
        {
            Description = "auto, cpu, cuda or cuda:N.",
            HelpName = "name",
            DefaultValueFactory = _ => "auto",
        };

    public static Option<string?> LogFile() =>
        new("--log-file") { Description = "Keep the log lines, with their time, in this file too.", HelpName = "file" };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON in place of text." };

    public static Option<string> Checkpoint() =>
        new("--checkpoint", "-c")
        {
            Description = "A checkpoint's directory.",
            HelpName = "dir",
            Required = true,
        };

    /// <summary>A number within bounds, with a default.</summary>
    public static Option<double> Number(string name, string description, double fallback, double from, double to) =>
        new(name)
        {
            Description = description,
            HelpName = "n",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    && value >= from
                    && value <= to
                )
                    return value;
                result.AddError(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name}: expected a number from {from} to {to}, got '{text}'"
                    )
                );
                return fallback;
            },
        };

    /// <summary>The element type a model computes in.</summary>
    public static Option<string> DType() =>
        new Option<string>("--dtype")
        {
            Description = "Element type of weights and arithmetic.",
            DefaultValueFactory = _ => "fp32",
        }.AcceptOnlyFromAmong("fp32", "fp64");

    public static Option<int?> PositiveInt(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0)
                    return value;
                result.AddError($"{name}: expected a positive integer, got '{text}'");
                return null;
            },
        };

    /// <summary>A number such as 20000, 3.5e9 or 1e18.</summary>
    public static Option<double?> PositiveNumber(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (
                    double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                    && value > 0
                    && double.IsFinite(value)
                )
                    return value;
                result.AddError($"{name}: expected a positive number, got '{text}'");
                return null;
            },
        };

    /// <summary>The command line as typed after lcs, without an option and its value.</summary>
    public static IReadOnlyList<string> Without(ParseResult parse, Option option)
    {
        var tokens = parse.Tokens.Select(t => t.Value).ToList();
        var at = tokens.LastIndexOf(option.Name);
        tokens.RemoveRange(at, 2);
        return tokens;
    }
}
