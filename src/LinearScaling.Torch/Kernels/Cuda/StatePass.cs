using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Kernels.Cuda;

/// <summary>The pass over the chunks of every head, one after another, and the same back in time
/// (<c>states.h</c>).</summary>
internal sealed unsafe class StatePass
{
    /// <summary>Tokens of a chunk.</summary>
    public const int Chunk = 64;

    private const int Slice = 32; // keys of a block of threads
    private const int Warps = 4;

    private readonly IKernelLauncher launcher;
    private readonly Kernel forward;
    private readonly Kernel back;

    /// <param name="source">Whose keys and decays they are.</param>
    /// <param name="more">Shared memory that the operator needs beside a chunk's keys and values.</param>
    public StatePass(IKernelLauncher launcher, string source, int width, int more)
    {
        this.launcher = launcher;
        forward = new(source, $"{source}_states_{width}", 32 * Warps, 2 * (Tile(Slice) + Tile(width)) + more);
        back = forward with { Name = $"{source}_states_back_{width}" };
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Kernel> All => [forward, back];

    /// <summary>The log decays of two chunks, where documents begin in them, and the log decays of rows of
    /// 16.</summary>
    public static int DecayBytes => 2 * Chunk * (Slice + 4 + 1) * sizeof(float) + Chunk / 16 * Slice * sizeof(float);

    /// <summary>Bytes of a chunk's rows of bf16 in shared memory.</summary>
    public static int Tile(int width) => Chunk * (width + 8) * sizeof(ushort);

    public static int Chunks(Tensor q) => (int)((q.size(2) + Chunk - 1) / Chunk);

    public static int Heads(Tensor q) => (int)(q.size(0) * q.size(1));

    /// <returns>What enters each chunk, null where nothing does, and what leaves the last one where it is asked
    /// for.</returns>
    public (Tensor? Entering, Tensor? Final) Forward(
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        bool wantState
    )
    {
        var entering = k.size(2) > Chunk || initial is not null ? NewStates(k, decay) : null;
        var final = wantState ? NewState(k, decay) : null;
        if (entering is not null || final is not null)
            Launch(forward, k, v, decay, initial, entering, final);
        return (entering, final);
    }

    /// <returns>What enters each chunk, the gradient of what leaves each, and that of the initial state where there was
    /// one.</returns>
    public (Tensor Entering, Tensor DLeaving, Tensor? DInitial) Backward(
        Tensor q,
        Tensor k,
        Tensor v,
        in StateDecay decay,
        Tensor? initial,
        Tensor dOutput,
        Tensor? dState
    )
    {
        var (entering, leaving) = (NewStates(q, decay), NewStates(q, decay));
        var dInitial = initial is null ? null : NewState(q, decay);
        Launch(forward, k, v, decay, initial, entering, null);
        Launch(back, q, dOutput, decay, dState, leaving, dInitial);
        return (entering, leaving, dInitial);
    }

    /// <summary>Room for the state that enters or leaves each chunk: bf16, as products read it.</summary>
    private static Tensor NewStates(Tensor q, in StateDecay decay) =>
        empty([q.size(0), q.size(1), Chunks(q), decay.Parts * q.size(3), q.size(3)], ScalarType.BFloat16, q.device);

    /// <summary>Room for a state of every head.</summary>
    private static Tensor NewState(Tensor q, in StateDecay decay) =>
        empty([q.size(0), q.size(1), decay.Parts * q.size(3), q.size(3)], ScalarType.Float32, q.device);

    /// <param name="keys">Or, back in time, queries.</param>
    /// <param name="values">Or, back in time, the gradient of the output.</param>
    /// <param name="initial">What enters, or null: nothing.</param>
    /// <param name="each">Receives what enters each chunk, or null.</param>
    /// <param name="final">Receives what leaves, or null.</param>
    private void Launch(
        Kernel kernel,
        Tensor keys,
        Tensor values,
        in StateDecay decay,
        Tensor? initial,
        Tensor? each,
        Tensor? final
    )
    {
        initial = initial?.contiguous();
        var arguments = new Arguments
        {
            Keys = DeviceRows.In(keys),
            Values = DeviceRows.In(values),
            Decay = decay.Log is null ? default : DeviceRows.In(decay.Log),
            Rates = Start(decay.Rates),
            Turns = Start(decay.Turns),
            Ids = Start(decay.Ids),
            Initial = Start(initial),
            States = Start(each),
            Final = Start(final),
            Heads = keys.size(1),
            Time = keys.size(2),
            First = decay.First,
            Parts = decay.Parts,
        };
        launcher.Launch(kernel, (int)(keys.size(3) * decay.Parts / Slice), Heads(keys), &arguments);
        Keep(keys, values, decay.Log, decay.Rates, decay.Turns, decay.Ids, initial);
    }

    /// <summary>The first element of a contiguous tensor; 0 for none.</summary>
    public static nint Start(Tensor? x) => x is null ? 0 : TensorMemory.Start(x);

    /// <summary>Keeps tensors until the kernels that use them are launched; memory freed after that is used again
    /// after them.</summary>
    public static void Keep(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
            GC.KeepAlive(tensor);
    }

    /// <summary><c>StateArguments</c> of <c>states.h</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public DeviceRows Keys;
        public DeviceRows Values;
        public DeviceRows Decay;
        public nint Rates;
        public nint Turns;
        public nint Ids;
        public nint Initial;
        public nint States;
        public nint Final;
        public long Heads;
        public long Time;
        public long First;
        public long Parts;
    }
}

/// <summary>What a state keeps from token to token, and how its keys turn.</summary>
/// <param name="Log">Log decay of each key and token, fp32 [batch, heads, time, key], or null.</param>
/// <param name="Rates">Decay per token of each head, fp32 [heads], or null.</param>
/// <param name="Turns">LRPE: turns per token as a fraction of 2^64, int64 [heads, key], or null.</param>
/// <param name="Ids">Document numbers, int64 [batch, time], or null.</param>
/// <param name="First">Position of the first token, for LRPE.</param>
internal readonly record struct StateDecay(
    Tensor? Log = null,
    Tensor? Rates = null,
    Tensor? Turns = null,
    Tensor? Ids = null,
    long First = 0
)
{
    /// <summary>Of the state's keys: with LRPE, those times cosines and those times sines.</summary>
    public long Parts => Turns is null ? 1 : 2;
}
