using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LinearScaling.Torch.Native;

/// <summary>Time that this thread's operators take inside libtorch, as libtorch itself reports it (at::RecordFunction,
/// the base of its own profiler).</summary>
/// <remarks>
/// The C++ functions are found by their mangled names and <c>at::RecordFunctionCallback</c> is laid out as in libtorch
/// 2.10 (aten/src/ATen/record_function.h), so this is for measuring only: when a symbol is missing, nothing is
/// measured. A context is returned as C++ returns a <c>unique_ptr</c> on x86-64: through a hidden first argument.
/// </remarks>
public sealed unsafe class OperatorTimes : IDisposable
{
    [ThreadStatic]
    private static OperatorTimes? current;

    private readonly NamedTimes operators = new(1024);
    private readonly Dictionary<string, OperatorTotal> kernels = [];
    private readonly OperatorCallStack running = new(256);
    private int within; // our own operators on the call stack
    private long whole; // ticks inside our own operators, everything they call included
    private readonly ulong handle;
    private readonly nint removeCallback;
    private readonly nint nameOf;

    private OperatorTimes(nint add, nint remove, nint name)
    {
        (removeCallback, nameOf) = (remove, name);
        current = this;
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
    public static OperatorTimes? Start() =>
        OperatingSystem.IsLinux()
        && RuntimeInformation.ProcessArchitecture == Architecture.X64
        && StableAbi.TryExport("_ZN2at22addThreadLocalCallbackENS_22RecordFunctionCallbackE", out var add)
        && StableAbi.TryExport("_ZN2at14removeCallbackEm", out var remove)
        && StableAbi.TryExport("_ZNK2at14RecordFunction4nameEv", out var name)
            ? new(add, remove, name)
            : null;

    /// <summary>Operators by name: calls, time inside them without that of the operators they call, and the part of it
    /// that our own operators asked for.</summary>
    public IReadOnlyDictionary<string, (long Calls, TimeSpan Self, TimeSpan Within)> Totals() =>
        operators
            .All()
            .Concat(kernels.Select(k => (Name: k.Key, Total: k.Value)))
            .GroupBy(t => t.Name, t => t.Total)
            .ToDictionary(g => g.Key, g => (g.Sum(t => t.Calls), Span(g.Sum(t => t.Self)), Span(g.Sum(t => t.Within))));

    /// <summary>Time inside our own operators, with all that they call.</summary>
    public TimeSpan Whole => Span(whole);

    /// <summary>Measures a kernel in managed code as if it were an operator of libtorch, until disposed.</summary>
    public static Measured Kernel(string name) => new(current, name);

    /// <summary>Measures one of our own operators, made of libtorch's, as a whole, until disposed.</summary>
    public static Measured Operator() => new(current, null);

    /// <summary>One call being measured, or nothing when no one measures.</summary>
    public readonly ref struct Measured
    {
        private readonly OperatorTimes? times;
        private readonly string? kernel;

        internal Measured(OperatorTimes? times, string? kernel)
        {
            (this.times, this.kernel) = (times, kernel);
            if (times is null)
                return;
            times.running.Push(0);
            if (kernel is null)
                times.within++;
        }

        public void Dispose()
        {
            if (times is null || !times.running.TryPop(out var call))
                return;
            var spent = Stopwatch.GetTimestamp() - call.Began;
            if (kernel is null && --times.within == 0)
                times.whole += spent;
            if (kernel is not null)
                CollectionsMarshal
                    .GetValueRefOrAddDefault(times.kernels, kernel, out _)
                    .Add(spent - call.Inner, times.within > 0);
            times.running.Nest(spent);
        }
    }

    /// <summary>Whether operators go unmeasured; change it only between operators.</summary>
    public bool Paused { get; set; }

    /// <summary>Forgets what was measured so far.</summary>
    public void Reset()
    {
        operators.Clear();
        kernels.Clear();
        whole = 0;
    }

    public void Dispose()
    {
        ((delegate* unmanaged<ulong, void>)removeCallback)(handle);
        current = null;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint* Begin(nint* context, nint function)
    {
        *context = 0;
        if (current is { Paused: false } times)
            times.running.Push(((delegate* unmanaged<nint, nint>)times.nameOf)(function));
        return context;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void End(nint function, nint context)
    {
        if (current is not { } times || !times.running.TryPop(out var call))
            return;
        var spent = Stopwatch.GetTimestamp() - call.Began;
        times.operators.Entry(call.Name).Add(spent - call.Inner, times.within > 0);
        times.running.Nest(spent);
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
