using System.Diagnostics;

namespace LinearScaling.Torch.Native.Profiling;

/// <summary>Calls whose times a device knows: what happened is marked by an event, and accounted for later.</summary>
internal sealed class CallMarks(IEventClock clock)
{
    private readonly Mark[] marks = new Mark[clock.Count];
    private int count;

    /// <summary>Calls that were not measured because there were too few events.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Marks it. Neither allocates nor throws.</summary>
    public void Take(CallEvent what, nint name = 0, string? kernel = null)
    {
        if (count == marks.Length)
        {
            Overflowed = true;
            return;
        }
        marks[count] = new(what, name, kernel);
        clock.Record(count++);
    }

    /// <summary>Waits for the device and accounts for what was marked; no call may be going on.</summary>
    public void Replay(CallAccounts accounts)
    {
        if (count == 0)
            return;
        clock.Wait(count - 1);
        if (!Overflowed) // else calls have begun that never end
            for (var i = 0; i < count; i++)
                accounts.Take(marks[i].What, Ticks(clock.Since0(i)), marks[i].Name, marks[i].Kernel);
        count = 0;
    }

    private static long Ticks(long nanoseconds) => nanoseconds * (Stopwatch.Frequency / 1_000_000) / 1000;

    private readonly record struct Mark(CallEvent What, nint Name, string? Kernel);
}
