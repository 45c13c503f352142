using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Torch.Training;

/// <summary>
/// The head and its loss in one pass over chunks of positions. Logits exist for one chunk at a time, and the gradient
/// is formed in the forward pass, since that of a softmax needs only the softmax.
/// </summary>
public static class CrossEntropy
{
    /// <summary>Most bytes of a chunk's fp32 logits.</summary>
    private const long ChunkBytes = 192L << 20;

    /// <param name="hidden">Final hidden states, [tokens, hidden].</param>
    /// <param name="weight">Head matrix, [vocab, hidden], of the same element type.</param>
    /// <param name="targets">The next token of each position, int64 [tokens].</param>
    /// <param name="scale">Weight of each token in the gradient: one over the tokens of the whole step.</param>
    /// <param name="weightGrad">Receives (is added) the gradient of <paramref name="weight"/>, in fp32 (fp64 for an
    /// fp64 model).</param>
    /// <param name="cancellationToken">Checked between chunks.</param>
    /// <returns>The sum of the tokens' losses in nats, unscaled, an fp64 scalar, and the scaled gradient of
    /// <paramref name="hidden"/>.</returns>
    public static (Tensor LossSum, Tensor HiddenGrad) ForwardBackward(
        Tensor hidden,
        Tensor weight,
        Tensor targets,
        double scale,
        Tensor weightGrad,
        CancellationToken cancellationToken = default
    )
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var tokens = hidden.size(0);
        var rows = RowsPerChunk(weight.size(0), tokens);
        var hiddenGrad = empty_like(hidden);
        var loss = zeros([], ScalarType.Float64, device: hidden.device);
        for (var start = 0L; start < tokens; start += rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            var n = Math.Min(rows, tokens - start);
            var h = hidden.narrow(0, start, n);
            var target = targets.narrow(0, start, n).unsqueeze(1);
            var g = Gradient(h.matmul(weight.t()), target, scale, loss, weightGrad.dtype); // [rows, vocab]
            hiddenGrad.narrow(0, start, n).copy_(g.matmul(weight));
            GradientBuffers.AddProduct(weightGrad, g, h);
        }
        return scope.MoveToOuter(loss, hiddenGrad);
    }

    /// <summary>Adds the rows' losses; returns the gradient of their logits, which may overwrite them.</summary>
    private static Tensor Gradient(Tensor logits, Tensor target, double scale, Tensor loss, ScalarType wide)
    {
        if (Rows.Fit(logits))
        {
            loss.add_(SoftmaxGradient.InPlace(logits, target.contiguous(), scale));
            return logits;
        }
        if (CudaLauncher.For(logits) is { } launcher && CrossEntropyKernel.For(launcher, logits) is { } kernel)
        {
            loss.add_(kernel.InPlace(logits, target.contiguous(), scale).sum(ScalarType.Float64));
            return logits;
        }
        var type = logits.dtype;
        logits = logits.to(wide);
        var lse = logits.logsumexp(1, keepdim: true);
        loss.add_((lse - logits.gather(1, target)).sum(ScalarType.Float64));
        var grad = logits.sub_(lse).exp_(); // softmax
        grad.scatter_add_(1, target, full_like(lse, -1)).mul_(scale); // minus one at the target
        return grad.to(type);
    }

    /// <summary>Positions of one chunk for a vocabulary.</summary>
    public static long RowsPerChunk(long vocab, long tokens) =>
        Math.Clamp(ChunkBytes / (4 * vocab), 1, Math.Max(1, tokens));
}
