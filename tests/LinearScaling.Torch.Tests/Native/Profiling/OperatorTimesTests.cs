using System.Runtime.InteropServices;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Tests.Torch.Native.Profiling;

public class OperatorTimesTests
{
    [Fact]
    public void Operators_are_counted_by_name()
    {
        using var times = OperatorTimes.Start();
        Assert.SkipWhen(times is null, "this libtorch cannot be asked");
        using var x = ones(8, 8);
        for (var i = 0; i < 3; i++)
            x.matmul(x).Dispose();
        Assert.Equal(3, times!.Totals()["aten::mm"].Calls);
    }

    [Fact]
    public void Names_past_the_table_s_bound_count_as_others()
    {
        const int capacity = 4;
        var names = Enumerable.Range(0, 6).Select(i => Marshal.StringToCoTaskMemUTF8($"operator {i}")).ToList();
        try
        {
            var times = new NamedTimes(capacity);
            for (var round = 0; round < 2; round++)
                foreach (var name in names)
                    times.Entry(name).Add(self: 10, within: false);
            var found = times.All().ToDictionary(t => t.Name, t => t.Total.Calls);
            Assert.Equal(capacity + 1, found.Count);
            Assert.Equal(2 * (names.Count - capacity), found[NamedTimes.Others]);
            Assert.All(Enumerable.Range(0, capacity), i => Assert.Equal(2, found[$"operator {i}"]));
        }
        finally
        {
            names.ForEach(Marshal.FreeCoTaskMem);
        }
    }

    [Fact]
    public void Calls_past_the_depth_are_not_measured_and_those_around_them_are()
    {
        const int depth = 3;
        var calls = new OperatorCallStack(depth);
        for (var name = 1; name <= 5; name++)
            calls.Push(name, at: name);
        Assert.False(calls.TryPop(out _));
        calls.Nest(100); // of a call that is not measured: told to nobody
        Assert.False(calls.TryPop(out _));
        calls.Nest(7);
        Assert.True(calls.TryPop(out var third));
        Assert.Equal((3, 7L), (third.Name, third.Inner));
        Assert.True(calls.TryPop(out _));
        Assert.True(calls.TryPop(out var first));
        Assert.Equal(1, first.Name);
        Assert.False(calls.TryPop(out _));
    }

    /// <summary>What allocates could throw, and libtorch calls these.</summary>
    [Fact]
    public void Counting_past_every_bound_allocates_nothing()
    {
        var (times, calls) = (new NamedTimes(2), new OperatorCallStack(2));
        var names = Marshal.StringToCoTaskMemUTF8("one two three");
        try
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 5; i++)
                calls.Push(names + i, i);
            for (var i = 0; i < 5; i++)
            {
                calls.TryPop(out _);
                calls.Nest(1);
                times.Entry(names + i).Add(1, within: true);
            }
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
        finally
        {
            Marshal.FreeCoTaskMem(names);
        }
    }
}
