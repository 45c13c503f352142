using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>Compares kernels of the GPU, on the CPU, with an operator's definition in fp64.</summary>
internal static class WalkForms
{
    /// <summary>Of bf16 factors and fp32 sums: root mean square of the difference over that of the values.</summary>
    private const double Tolerance = 5e-3;

    /// <summary>Its gradient sums positions times gradients of queries and keys that cancel each other.</summary>
    private const double OfTheta = 3e-2;

    /// <summary>Sequences, heads, tokens, and the width of a head.</summary>
    public static TheoryData<int, int, int, int> Shapes =>
        new()
        {
            { 1, 1, 1, 64 },
            { 1, 2, 7, 64 },
            { 2, 1, 16, 64 },
            { 1, 1, 63, 128 },
            { 2, 2, 64, 64 },
            { 1, 2, 65, 64 },
            { 3, 1, 100, 64 },
            { 1, 1, 130, 128 },
            { 2, 1, 257, 64 },
        };

    /// <summary>The definition: output and final state of inputs in fp64.</summary>
    public delegate (Tensor Output, Tensor? State) Definition(TileInputs inputs, Tensor? initial);

    /// <summary>The kernels: of the GPU where the inputs are on one.</summary>
    /// <param name="start">Position of the first token, for LRPE.</param>
    public static ISequenceWalk Walk(TileInputs inputs, long start = 0) =>
        KernelWalk.For(
            Chunks.Cut(inputs.Q, inputs.K, inputs.V, null, 64, inputs.Theta is not null),
            inputs,
            start,
            inputs.Q.device_type == DeviceType.CPU ? HostKernels.Required() : CudaLauncher.For(inputs.Q)!
        )!;

    /// <summary>Outputs and the gradients of all inputs, without states, and with one that enters and one that
    /// leaves.</summary>
    /// <param name="states">Whether the definition takes and gives them.</param>
    public static void AreThoseOf(Definition definition, TileInputs inputs, long start = 0, bool states = true)
    {
        AreThoseOf(definition, inputs, Walk(inputs, start), initial: false);
        if (states)
            AreThoseOf(definition, inputs, Walk(inputs, start), initial: true);
    }

    private static void AreThoseOf(Definition definition, TileInputs inputs, ISequenceWalk walk, bool initial)
    {
        using var scope = NewDisposeScope();
        var on = inputs.Q.device;
        var entering = initial ? Forms.Normal(ScalarType.Float32, 5, walk.Kept) : null;
        var dState = initial ? Forms.Normal(ScalarType.Float32, 8, walk.Kept) : null;
        var dOutput = Forms.Normal(ScalarType.BFloat16, 9, inputs.V.shape);

        var kept = empty(walk.Kept, ScalarType.Float32, on);
        var (output, state) = walk.Forward(inputs, entering?.to(on), kept, wantState: initial);
        var (actual, dEntering) = walk.Backward(inputs, kept, initial, dOutput.to(on), dState?.to(on));

        Tensor? Leaf(Tensor? x) => x is null || x.dtype == ScalarType.Int64 ? x?.cpu() : Double(x).requires_grad_();
        var leaves = TileInputs.Unpack(Array.ConvertAll(inputs.All, Leaf));
        var first = Leaf(entering);
        var (expected, last) = definition(leaves, first);
        var loss = (expected * Double(dOutput)).sum();
        if (dState is not null)
            loss += (last! * Double(dState)).sum();
        loss.backward();

        Close("output", output, expected);
        Close("q", actual.Q, leaves.Q.grad!);
        Close("k", actual.K, leaves.K.grad!);
        Close("v", actual.V, leaves.V.grad!);
        if (inputs.LogDecay is not null)
            Close("log decay", actual.LogDecay!, leaves.LogDecay!.grad!);
        if (inputs.Theta is not null)
            Close("theta", actual.Theta!, leaves.Theta!.grad!, OfTheta);
        if (!initial)
            return;
        Close("state", state!, last!);
        Close("initial state", dEntering!, first!.grad!);
    }

    /// <remarks>Where all is as good as 0, what counts is that nothing else comes out.</remarks>
    private static void Close(string name, Tensor actual, Tensor expected, double tolerance = Tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(actual.isfinite().all().item<bool>(), $"{name}: not finite");
        var difference = (Double(actual) - expected).square().mean().sqrt().item<double>();
        var size = expected.square().mean().sqrt().item<double>();
        Assert.True(difference <= tolerance * size + 1e-6, $"{name}: {difference:E2} of {size:E2}");
    }

    private static Tensor Double(Tensor x) => x.detach().cpu().to(ScalarType.Float64, copy: true);

    /// <summary>All inputs somewhere else.</summary>
    public static TileInputs To(this TileInputs inputs, Device device) =>
        TileInputs.Unpack(Array.ConvertAll(inputs.All, x => x?.to(device)));

    /// <summary>Queries, keys and values.</summary>
    public static TileInputs Inputs(params long[] shape) =>
        new(
            Forms.Normal(ScalarType.BFloat16, 1, shape),
            Forms.Normal(ScalarType.BFloat16, 2, shape),
            Forms.Normal(ScalarType.BFloat16, 3, shape)
        );
}
