using System.CommandLine;

namespace LinearScaling.Cli.CommandLine;

/// <summary>Actions that run synchronously, as tensor code must, and still see the cancellation token.</summary>
internal static class CommandActions
{
    /// <param name="action">Its result is the exit code.</param>
    public static void SetAction(this Command command, Func<ParseResult, CancellationToken, int> action) =>
        command.SetAction((parse, cancellationToken) => Task.FromResult(action(parse, cancellationToken)));
}
