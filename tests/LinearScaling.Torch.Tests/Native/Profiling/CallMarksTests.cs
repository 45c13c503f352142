using System.Diagnostics;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Tests.Torch.Native.Profiling;

/// <summary>Operators timed by a device's events, with a clock in place of the device.</summary>
public class CallMarksTests
{
    private const int Mark = 1000; // ticks from one event to the next

    [Fact]
    public void A_device_s_operators_are_those_of_the_cpu()
    {
        using var clock = new SteadyClock(1 << 10);
        using var times = OperatorTimes.Start(clock);
        Assert.SkipWhen(times is null, "this libtorch cannot be asked");
        using var x = ones(8, 8);
        for (var i = 0; i < 3; i++)
            x.matmul(x).Dispose();
        var totals = times!.Totals();
        Assert.Equal((3, 3), (totals["aten::matmul"].Calls, totals["aten::mm"].Calls));
        Assert.InRange(totals["aten::mm"].Self, Stopwatch.GetElapsedTime(0, 3 * Mark), TimeSpan.FromMilliseconds(1));
        times.Reset();
        Assert.Empty(times.Totals());
        Assert.False(times.IsIncomplete);
    }

    [Fact]
    public void Times_are_those_between_events_without_what_is_inside()
    {
        using var clock = new SteadyClock(16);
        var (marks, accounts) = (new CallMarks(clock), new CallAccounts());
        marks.Take(CallEvent.OwnBegins); // mark 0
        marks.Take(CallEvent.Begins); // 1
        marks.Take(CallEvent.Ends, kernel: "lcs::inside"); // 2
        marks.Take(CallEvent.OwnEnds); // 3
        marks.Take(CallEvent.Begins); // 4
        marks.Take(CallEvent.Begins); // 5
        marks.Take(CallEvent.Ends, kernel: "lcs::inner"); // 6
        marks.Take(CallEvent.Ends, kernel: "lcs::outer"); // 7
        Assert.Empty(accounts.All());
        marks.Replay(accounts);
        marks.Replay(accounts); // has nothing left to account for
        var found = accounts.All().ToDictionary(t => t.Name, t => t.Total);
        Assert.Equal(new(1, Mark, Mark), found["lcs::inside"]);
        Assert.Equal(new(1, Mark, 0), found["lcs::inner"]);
        Assert.Equal(new(1, 2 * Mark, 0), found["lcs::outer"]);
        Assert.Equal(3 * Mark, accounts.Whole);
    }

    [Fact]
    public void With_too_few_events_nothing_is_told_and_that_is_said()
    {
        using var clock = new SteadyClock(3);
        var (marks, accounts) = (new CallMarks(clock), new CallAccounts());
        for (var i = 0; i < 2; i++)
        {
            marks.Take(CallEvent.Begins);
            marks.Take(CallEvent.Ends, kernel: "lcs::some");
        }
        marks.Replay(accounts);
        Assert.True(marks.Overflowed);
        Assert.Empty(accounts.All());
    }

    /// <summary>Events that are passed at even distances.</summary>
    private sealed class SteadyClock(int count) : IEventClock
    {
        private int recorded = -1;

        public int Count => count;

        public void Record(int index) => recorded = index;

        public void Wait(int index) => Assert.Equal(recorded, index);

        public long Since0(int index) => index * Mark * (1_000_000_000 / Stopwatch.Frequency);

        public void Dispose() { }
    }
}
