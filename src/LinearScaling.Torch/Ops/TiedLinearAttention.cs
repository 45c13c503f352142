using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Kernels.Scan;

namespace LinearScaling.Torch.Ops;

/// <summary>HGRN2's token mixer (arXiv 2404.07904; arXiv 2406.16690, appendix A.1.3): gated linear attention whose keys
/// are one minus the forget gate, and whose queries pass through x sigmoid(x).</summary>
/// <remarks>
/// q and the logits z of the <see cref="ForgetGate"/> are [batch, heads, time, key], v and the output [batch, heads,
/// time, value], states fp32 (fp64 with fp64 inputs) [batch, heads, key, value]. The lower bound is [heads * key]; null
/// is 0. Otherwise as <see cref="GatedLinearAttention"/>.
/// </remarks>
public static class TiedLinearAttention
{
    /// <summary>The training form.</summary>
    /// <param name="chunkSize">Rows of a chunk; a power of two.</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; no token sees
    /// another document. Null: one document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others.</param>
    public static Tensor Chunked(
        Tensor q,
        Tensor z,
        Tensor v,
        Tensor? lowerBound,
        int chunkSize,
        Tensor? segments = null,
        Stretch? stretch = null
    )
    {
        using var scope = NewDisposeScope();
        if (stretch is null && Rows.Fit(q))
            return Scan(q, z, v, lowerBound, segments, null, wantState: false).Output.MoveToOuterDisposeScope();
        var (k, logDecay) = Gates(z, lowerBound);
        return GatedLinearAttention
            .Chunked(nn.functional.silu(q), k, v, logDecay, chunkSize, null, segments, stretch)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The tokens after a state, and the state after them: chunked for a prompt, recurrent for one
    /// token.</summary>
    /// <param name="initial">Null before the first token.</param>
    public static (Tensor Output, Tensor State) Extend(
        Tensor q,
        Tensor z,
        Tensor v,
        Tensor? lowerBound,
        int chunkSize,
        Tensor? initial
    )
    {
        using var scope = NewDisposeScope();
        if (Rows.Fit(q))
        {
            var (output, state) = Scan(q, z, v, lowerBound, null, initial, wantState: true);
            return scope.MoveToOuter(output, state!);
        }
        var (k, logDecay) = Gates(z, lowerBound);
        q = nn.functional.silu(q);
        var (o, next) =
            q.size(2) == 1
                ? GatedLinearAttention.Recurrent(q, k, v, logDecay, initial)
                : GatedLinearAttention.Prefill(q, k, v, logDecay, chunkSize, initial);
        return scope.MoveToOuter(o, next);
    }

    private static (Tensor Output, Tensor? State) Scan(
        Tensor q,
        Tensor z,
        Tensor v,
        Tensor? lowerBound,
        Tensor? segments,
        Tensor? initial,
        bool wantState
    )
    {
        var shape = Chunks.Cut(q, z, v, initial, ScanScratch.Tokens);
        if (segments is not null)
            Chunks.Check("segments", segments, shape.Batch, shape.Time);
        return ScanKernel.Apply(
            new(q, z, v, Bound: lowerBound?.view(shape.Heads, shape.Key), Ids: segments, Initial: initial),
            ScanForm.SiluQueries | ScanForm.Tied,
            0,
            wantState
        );
    }

    /// <summary>Keys and log decays of a gate's logits.</summary>
    private static (Tensor Key, Tensor LogDecay) Gates(Tensor z, Tensor? lowerBound)
    {
        if (CudaLauncher.For(z) is { } launcher && ForgetGateKernels.For(launcher, z) is { } kernels)
        {
            var (log, key) = ForgetGateFunction.Apply(kernels, z, lowerBound?.view(z.size(1), z.size(3)));
            return (key, log);
        }
        var (logForget, input) = ForgetGate.Compute(z, lowerBound?.view(z.size(1), 1, z.size(3)));
        return (input, logForget);
    }
}
