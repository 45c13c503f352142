using Spectre.Console;
using Spectre.Console.Rendering;

namespace LinearScaling.Cli.Progress;

/// <summary>Progress on a terminal: a bar that redraws itself on a thread of its own.</summary>
internal sealed class LiveBar : ProgressBar
{
    private readonly ProgressText text;
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task drawing;
    private readonly ProgressTask task;
    private volatile string line;

    public LiveBar(string name, ProgressText text, IAnsiConsole terminal)
    {
        this.text = text;
        line = text.Format(text.Start, []);
        var started = new TaskCompletionSource<ProgressTask>();
        drawing = Task.Run(() =>
            terminal
                .Progress()
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn { Width = 24 },
                    new LineColumn(this)
                )
                .StartAsync(async context =>
                {
                    started.SetResult(context.AddTask(Markup.Escape(name), maxValue: Math.Max(1, text.Total)));
                    await finished.Task;
                })
        );
        Task.WhenAny(started.Task, drawing).Unwrap().GetAwaiter().GetResult();
        task = started.Task.Result;
        task.Value = text.Start;
    }

    public override void Advance(long done, params string[] columns)
    {
        line = text.Format(done, columns);
        task.Value = done;
    }

    public override void Dispose()
    {
        finished.TrySetResult();
        drawing.GetAwaiter().GetResult();
    }

    private sealed class LineColumn(LiveBar bar) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Spectre.Console.Text(bar.line);
    }
}
