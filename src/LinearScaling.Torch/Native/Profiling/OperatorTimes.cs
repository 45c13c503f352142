using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native.Profiling;

/// <summary>Time that this thread's operators take inside libtorch, as libtorch itself reports it (at::RecordFunction,
/// the base of its own profiler).</summary>
/// <remarks>
/// <para>The C++ functions are found by their mangled names and <c>at::RecordFunctionCallback</c> is laid out as in
/// libtorch 2.10 (aten/src/ATen/record_function.h), so this is for measuring only: when a symbol is missing, nothing is
/// measured. A context is returned as C++ returns a <c>unique_ptr</c> on x86-64: by a hidden first argument.</para>
/// <para>A GPU's operators return before they are done, so there a call's time is that between two events: what its
/// kernels took, and how long the GPU waited for them to be launched. Backward passes run on a thread of libtorch's, to
/// which the callback follows them while this thread waits.</para>
/// </remarks>
public sealed unsafe class OperatorTimes : IDisposable
{
    [ThreadStatic]
    private static OperatorTimes? current;
    private static OperatorTimes? ofDevice;

    private readonly CallAccounts accounts = new();
    private readonly CallMarks? marks;
    private readonly ulong handle;
    private readonly nint removeCallback;
    private readonly nint nameOf;

    private OperatorTimes(nint add, nint remove, nint name, IEventClock? clock)
    {
        (removeCallback, nameOf) = (remove, name);
        marks = clock is null ? null : new(clock);
        current = this;
        if (clock is not null)
            ofDevice = this;
        var callback = new RecordFunctionCallback
        {
            Start = (nint)(delegate* unmanaged[Cdecl]<nint*, nint, nint*>)&Begin,
            End = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&End,
            SamplingProbability = 1,
        };
        callback.Scopes[0] = 1; // operators; not the autograd nodes around them
        handle = ((delegate* unmanaged<RecordFunctionCallback, ulong>)add)(callback);
    }

    /// <summary>Starts to measure this thread's operators; null when this libtorch does not support it.</summary>
    /// <param name="clock">The device's events; null: the CPU's time.</param>
    public static OperatorTimes? Start(IEventClock? clock = null) =>
        OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && StableAbi.TryExport("_ZN2at22addThreadLocalCallbackENS_22RecordFunctionCallbackE", out var add)
        && StableAbi.TryExport("_ZN2at14removeCallbackEm", out var remove)
        && StableAbi.TryExport("_ZNK2at14RecordFunction4nameEv", out var name)
            ? new(add, remove, name, clock)
            : null;

    /// <summary>Operators by name: calls, time inside them without that of the operators they call, and the part of it
    /// that our own operators asked for.</summary>
    public IReadOnlyDictionary<string, (long Calls, TimeSpan Self, TimeSpan Within)> Totals()
    {
        Collect();
        return accounts
            .All()
            .GroupBy(t => t.Name, t => t.Total)
            .ToDictionary(g => g.Key, g => (g.Sum(t => t.Calls), Span(g.Sum(t => t.Self)), Span(g.Sum(t => t.Within))));
    }

    /// <summary>Time inside our own operators, with all that they call.</summary>
    public TimeSpan Whole => Span(accounts.Whole);

    /// <summary>Whether calls went unmeasured because a device has too few events between two collections.</summary>
    public bool IsIncomplete => marks is { Overflowed: true };

    /// <summary>Accounts for what a device has marked, for which it has to be waited.</summary>
    public void Collect() => marks?.Replay(accounts);

    /// <summary>Measures a kernel of ours as if it were an operator of libtorch, until disposed.</summary>
    public static Measured Kernel(string name) => new(current ?? ofDevice, name);

    /// <summary>Measures one of our own operators, made of libtorch's, as a whole, until disposed.</summary>
    public static Measured Operator() => new(current ?? ofDevice, null);

    /// <summary>One call being measured, or nothing when no one measures.</summary>
    public readonly ref struct Measured
    {
        private readonly OperatorTimes? times;
        private readonly string? kernel;

        internal Measured(OperatorTimes? times, string? kernel)
        {
            (this.times, this.kernel) = (times, kernel);
            times?.Take(kernel is null ? CallEvent.OwnBegins : CallEvent.Begins);
        }

        public void Dispose() => times?.Take(kernel is null ? CallEvent.OwnEnds : CallEvent.Ends, kernel: kernel);
    }

    /// <summary>Whether operators go unmeasured; change it only between operators.</summary>
    public bool Paused { get; set; }

    /// <summary>Forgets what was measured so far.</summary>
    public void Reset()
    {
        Collect();
        accounts.Clear();
    }

    public void Dispose()
    {
        ((delegate* unmanaged<ulong, void>)removeCallback)(handle);
        current = null;
        if (marks is not null)
            ofDevice = null;
    }

    private void Take(CallEvent what, nint name = 0, string? kernel = null)
    {
        if (marks is null)
            accounts.Take(what, Stopwatch.GetTimestamp(), name, kernel);
        else
            marks.Take(what, name, kernel);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint* Begin(nint* context, nint function)
    {
        *context = 0;
        if ((current ?? ofDevice) is { Paused: false } times)
            times.Take(CallEvent.Begins, ((delegate* unmanaged<nint, nint>)times.nameOf)(function));
        return context;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(nint function, nint context)
    {
        if ((current ?? ofDevice) is { Paused: false } times)
            times.Take(CallEvent.Ends);
    }

    private static TimeSpan Span(long ticks) => Stopwatch.GetElapsedTime(0, ticks);

    /// <summary>at::RecordFunctionCallback: two functions, the sampling probability, ten scopes, three flags.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RecordFunctionCallback
    {
        public nint Start;
        public nint End;
        public double SamplingProbability;
        public fixed byte Scopes[10];
        public byte NeedsInputs;
        public byte NeedsOutputs;
        public byte NeedsIds;
    }
}
