using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using LinearScaling.Configuration;

namespace LinearScaling.Cli.CommandLine;

/// <summary>What was wrong with a command line, one line a mistake, in the words of the program's other
/// messages.</summary>
internal static class ParseErrors
{
    public static IReadOnlyList<string> Explain(ParseResult result) =>
        result.Action is ParseErrorAction ? [.. Errors(result)]
        : result.Action is not null && result.Action == result.CommandResult.Command.Action
            ? [.. MistypedOptions(result)]
        : [];

    /// <summary>What looks like an option but was taken for a value, because the command takes one.</summary>
    private static IEnumerable<string> MistypedOptions(ParseResult result) =>
        result
            .CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(a => a.Tokens)
            .Where(t => t.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(t => Unknown(result.CommandResult.Command, t.Value));

    private static IEnumerable<string> Errors(ParseResult result)
    {
        var command = result.CommandResult.Command;
        var unmatched = result.UnmatchedTokens.ToList();
        foreach (
            var token in unmatched.Where(
                (t, i) => t.StartsWith('-') || !unmatched.Take(i).Any(before => before.StartsWith('-'))
            )
        ) // else a value of the option before
            yield return Unknown(command, token);
        foreach (var error in result.Errors)
        {
            if (unmatched.Any(t => error.Message.Contains($"'{t}'", StringComparison.Ordinal)))
                continue;
            if (error.SymbolResult is CommandResult && command.Subcommands.Count > 0)
            {
                if (unmatched.Count == 0)
                    yield return $"{Path(command)}: needs a command; one of: "
                        + $"{string.Join(", ", command.Subcommands.Select(c => c.Name))}";
            }
            else
                yield return error.Message;
        }
    }

    private static string Unknown(Command command, string token) =>
        token.StartsWith('-') ? $"{Path(command)}: {NearestNames.Unknown("option", token, Options(command))}"
        : command.Subcommands.Count > 0
            ? $"{Path(command)}: {NearestNames.Unknown("command", token, command.Subcommands.Select(c => c.Name))}"
        : $"{Path(command)}: one value too many: '{token}'";

    private static IEnumerable<string> Options(Command command) =>
        command
            .Parents.OfType<Command>()
            .SelectMany(p => p.Options.Where(o => o.Recursive))
            .Concat(command.Options)
            .Where(o => !o.Hidden)
            .Select(o => o.Name);

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "lcs";
}
