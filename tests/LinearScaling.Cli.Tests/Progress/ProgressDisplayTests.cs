using LinearScaling.Cli.Progress;

namespace LinearScaling.Tests.Cli.Progress;

public sealed class ProgressDisplayTests
{
    private readonly Clock clock = new();

    [Fact]
    public void Without_a_terminal_there_is_a_line_at_first_then_one_every_ten_seconds_and_the_last()
    {
        using var error = new StringWriter();
        using (var display = ProgressDisplay.For(error, time: clock))
        using (var bar = display.Start("tnl-nano-1m", total: 100, unit: "step"))
            for (var step = 1; step <= 100; step++)
            {
                clock.Pass(0.25);
                bar.Advance(step, $"loss {step}", "12.3 k tok/s");
            }
        Assert.Equal(
            """
            tnl-nano-1m: 1/100 steps, 4 steps/s, 25 s left, loss 1, 12.3 k tok/s
            tnl-nano-1m: 41/100 steps, 4 steps/s, 15 s left, loss 41, 12.3 k tok/s
            tnl-nano-1m: 81/100 steps, 4 steps/s, 5 s left, loss 81, 12.3 k tok/s
            tnl-nano-1m: 100/100 steps, 4 steps/s, took 25 s, loss 100, 12.3 k tok/s

            """,
            error.ToString()
        );
    }

    [Fact]
    public void What_an_earlier_process_did_is_no_speed_of_this_one()
    {
        using var error = new StringWriter();
        using var display = ProgressDisplay.For(error, time: clock);
        using var bar = display.Start("run", total: 1000, unit: "step", done: 900);
        clock.Pass(100);
        bar.Advance(910);
        Assert.Equal("run: 910/1000 steps, 10 s/step, 15 min 0 s left\n", error.ToString());
    }

    [Fact]
    public void Parts_of_a_unit_move_the_bar_and_whole_ones_are_counted()
    {
        using var error = new StringWriter();
        using var display = ProgressDisplay.For(error, time: clock);
        using var bar = display.Start("evaluation", total: 4000, unit: "result", parts: 1000);
        clock.Pass(10);
        bar.Advance(2500);
        Assert.Equal("evaluation: 2/4 results, 4 s/result, 6 s left\n", error.ToString());
    }

    [Fact]
    public void Log_lines_are_the_message_alone_and_go_to_a_file_with_their_time()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var error = new StringWriter();
            using (var display = ProgressDisplay.For(error, file))
            {
                display.Log.Information("saved {Path}", "runs/a");
                display.Log.Warning("the loss is {Loss}", double.NaN);
            }
            Assert.Equal("saved runs/a\nwarning: the loss is NaN\n", error.ToString());
            Assert.Matches(
                @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INF saved runs/a\n\S+ WRN the loss is NaN\n\z",
                File.ReadAllText(file)
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long now = 1;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => now;

        public void Pass(double seconds) => now += (long)(1000 * seconds);
    }
}
