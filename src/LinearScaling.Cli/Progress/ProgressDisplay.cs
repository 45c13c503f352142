using Serilog;
using Serilog.Formatting.Display;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LinearScaling.Cli.Progress;

/// <summary>Standard error as commands use it: progress bars and log lines that do not tear each other.</summary>
/// <remarks>On a terminal a bar is live; elsewhere it is a plain line now and then.</remarks>
public sealed class ProgressDisplay : IDisposable
{
    /// <summary>Least time between two plain lines of a bar.</summary>
    public static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(10);

    private readonly TextWriter error;
    private readonly IAnsiConsole? terminal;
    private readonly TimeProvider time;
    private readonly Serilog.Core.Logger log;

    private ProgressDisplay(TextWriter error, bool live, string? logFile, TimeProvider time, LoggerConfiguration lines)
    {
        this.error = error;
        this.time = time;
        terminal = live ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) }) : null;
        var configuration = lines.WriteTo.Sink(new LineSink(WriteLine));
        log = (
            logFile is null
                ? configuration
                : configuration.WriteTo.File(
                    new MessageTemplateTextFormatter(
                        "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {Message:l}{NewLine}{Exception}",
                        System.Globalization.CultureInfo.InvariantCulture
                    ),
                    logFile
                )
        ).CreateLogger();
    }

    /// <summary>Log lines for people: the message alone, warnings and errors marked as such.</summary>
    public ILogger Log => log;

    /// <param name="error">Where bars and log lines go; live if it is the process's standard error on a
    /// terminal.</param>
    /// <param name="logFile">Where log lines go as well, with their time.</param>
    /// <param name="time">The clock behind rates and plain lines.</param>
    public static ProgressDisplay For(TextWriter error, string? logFile = null, TimeProvider? time = null) =>
        new(
            error,
            live: ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected,
            logFile,
            time ?? TimeProvider.System,
            new LoggerConfiguration()
        );

    /// <summary>The display of one of several processes that do the same: rank 0 speaks for all, and the others name
    /// themselves where they warn.</summary>
    public static ProgressDisplay ForRank(int rank, TextWriter error, string? logFile = null) =>
        rank == 0
            ? For(error, logFile)
            : new(
                TextWriter.Null,
                live: false,
                logFile: null,
                TimeProvider.System,
                new LoggerConfiguration()
                    .MinimumLevel.Warning()
                    .WriteTo.Sink(new LineSink(line => error.WriteLine($"rank {rank}: {line}")))
            );

    /// <param name="name">What is being done.</param>
    /// <param name="total">How much there is of it.</param>
    /// <param name="unit">What is counted: "step".</param>
    /// <param name="done">How much was done before.</param>
    /// <param name="parts">How much of it makes one unit.</param>
    public ProgressBar Start(string name, long total, string unit, long done = 0, int parts = 1)
    {
        var text = new ProgressText(total, unit, done, time, parts);
        return terminal is null ? new PlainBar(name, text, error, time) : new LiveBar(name, text, terminal);
    }

    /// <summary>Shows the state of many activities until disposed: on a terminal a live table, elsewhere a line now and
    /// then.</summary>
    /// <param name="table">The table now.</param>
    /// <param name="line">The same in a line.</param>
    public IDisposable Watch(Func<IRenderable> table, Func<string> line) =>
        terminal is null ? new PlainWatch(line, WriteLine) : new LiveTable(table, terminal);

    public void Dispose() => log.Dispose();

    private void WriteLine(string line)
    {
        if (terminal is null)
            lock (error) // bars and log lines come from several threads
                error.WriteLine(line);
        else
            terminal.WriteLine(line);
    }
}
