using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace LinearScaling.Cli.Progress;

/// <summary>Log events as lines for people: the message alone, warnings and errors marked.</summary>
internal sealed class LineSink(Action<string> writeLine) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        var mark = logEvent.Level switch
        {
            LogEventLevel.Warning => "warning: ",
            >= LogEventLevel.Error => "error: ",
            _ => "",
        };
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        new Serilog.Formatting.Display.MessageTemplateTextFormatter("{Message:l}", CultureInfo.InvariantCulture).Format(
            logEvent,
            text
        );
        writeLine(mark + text);
    }
}
