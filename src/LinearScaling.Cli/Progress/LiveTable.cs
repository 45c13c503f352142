using Spectre.Console;
using Spectre.Console.Rendering;

namespace LinearScaling.Cli.Progress;

/// <summary>A table on a terminal that is drawn anew twice a second, on a thread of its own.</summary>
internal sealed class LiveTable : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task drawing;

    public LiveTable(Func<IRenderable> table, IAnsiConsole terminal) =>
        drawing = Task.Run(() =>
            terminal
                .Live(table())
                .Overflow(VerticalOverflow.Ellipsis)
                .StartAsync(async context =>
                {
                    while (await Task.WhenAny(finished.Task, Task.Delay(Pause)) != finished.Task)
                        context.UpdateTarget(table());
                    context.UpdateTarget(table());
                })
        );

    public void Dispose()
    {
        finished.TrySetResult();
        drawing.GetAwaiter().GetResult();
    }
}
