using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Training.Logs;

namespace LinearScaling.Torch.Training;

/// <summary>
/// Forward and backward of one micro-batch, half a block at a time. Each half runs on a detached input, so that there
/// are many small autograd graphs instead of one: a graph is kept, or made again from its input where the policy says
/// so. Once a block's backward has run, its gradients are complete and its memory is free.
/// </summary>
/// <remarks>
/// A block's last product is outside every graph, since only the next block needs it: it is never recomputed, and its
/// matrix's gradient goes straight into the accumulator. All policies run the same operations on the same values, so
/// their gradients are the same to the bit.
/// </remarks>
public sealed class BlockWalk(
    LanguageModel model,
    GradientBuffers gradients,
    Recompute recompute,
    PhaseClock? clock = null
)
{
    /// <summary>What a block's forward pass keeps for its backward pass.</summary>
    /// <param name="Input">The residual stream that enters, a leaf.</param>
    /// <param name="Mixed">The first half's output with its graph, or null when it is recomputed.</param>
    /// <param name="Middle">The same values as a leaf, or null likewise.</param>
    /// <param name="Gated">The gated channels with their graph, or null when they are recomputed.</param>
    private sealed record Kept(Tensor Input, Tensor? Mixed, Tensor? Middle, Tensor? Gated);

    /// <param name="ids">Input tokens, int64 [batch, time].</param>
    /// <param name="targets">The token after each, int64 [batch, time].</param>
    /// <param name="scale">Weight of each token: one over the tokens of the whole step.</param>
    /// <param name="lossKnown">Told the sum of the losses in nats, an fp64 scalar on the device, before the blocks'
    /// backward begins.</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; null: one
    /// document.</param>
    /// <param name="blockDone">Told each block (and -1 for what they share) whose gradients of this micro-batch are in
    /// the accumulators.</param>
    /// <param name="cancellationToken">Checked between blocks; after a cancelled walk the gradients must not be
    /// used.</param>
    public void ForwardBackward(
        Tensor ids,
        Tensor targets,
        double scale,
        Action<Tensor> lossKnown,
        Tensor? segments = null,
        Action<int>? blockDone = null,
        CancellationToken cancellationToken = default
    )
    {
        using var scope = NewDisposeScope();
        var layers = model.Config.NumLayers;
        var kept = new Kept[layers];

        clock?.Enter(Phase.Forward);
        gradients.Open(-1);
        var rows = WithGraph(false, () => Boundary(model.LookUp(ids)));
        var entered = model.Enter(rows, segments);
        var x = Boundary(entered);
        for (var layer = 0; layer < layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (kept[layer], x) = Forward(layer, x, segments);
        }

        cancellationToken.ThrowIfCancellationRequested();
        clock?.Enter(Phase.Head);
        var normed = model.Norm(x);
        var (lossSum, hiddenGrad) = CrossEntropy.ForwardBackward(
            normed.detach().flatten(0, 1),
            model.HeadWeight,
            targets.flatten(),
            scale,
            gradients[model.HeadName],
            cancellationToken
        );
        lossKnown(lossSum);
        var grad = Backward(normed, hiddenGrad.view(normed.shape), x);

        for (var layer = layers - 1; layer >= 0; layer--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            gradients.Open(layer);
            var before = Backward(layer, kept[layer], grad, segments);
            gradients.Collect(layer);
            blockDone?.Invoke(layer);
            grad.Dispose();
            grad = before;
        }
        clock?.Enter(Phase.Backward);
        gradients.AddRows("embed.weight", ids.flatten(), Backward(entered, grad, rows).flatten(0, 1));
        gradients.Collect(-1);
        blockDone?.Invoke(-1);
    }

    private (Kept Kept, Tensor Output) Forward(int layer, Tensor input, Tensor? segments)
    {
        using var scope = NewDisposeScope();
        var mixed = WithGraph(recompute != Recompute.Full, () => model.MixTokens(layer, input, segments));
        var middle = Boundary(mixed);
        var gated = WithGraph(recompute == Recompute.None, () => model.GateChannels(layer, middle));
        var output = Boundary(WithGraph(false, () => model.AddChannels(layer, middle, gated)))
            .MoveToOuterDisposeScope();
        return (
            recompute switch
            {
                Recompute.None => new(
                    input,
                    mixed.MoveToOuterDisposeScope(),
                    middle.MoveToOuterDisposeScope(),
                    gated.MoveToOuterDisposeScope()
                ),
                Recompute.Selective => new(
                    input,
                    mixed.MoveToOuterDisposeScope(),
                    middle.MoveToOuterDisposeScope(),
                    null
                ),
                _ => new(input, null, null, null),
            },
            output
        );
    }

    /// <returns>The gradient of the block's input.</returns>
    private Tensor Backward(int layer, Kept kept, Tensor grad, Tensor? segments)
    {
        using var scope = NewDisposeScope();
        clock?.Enter(recompute == Recompute.None ? Phase.Backward : Phase.Recompute);
        var mixed = kept.Mixed ?? model.MixTokens(layer, kept.Input, segments);
        var middle = kept.Middle ?? Boundary(mixed);
        var gated = kept.Gated ?? model.GateChannels(layer, middle);

        clock?.Enter(Phase.Backward);
        Tensor gatedGrad;
        using (no_grad())
        {
            gradients.AddProduct(model.DownName(layer), grad.flatten(0, 1), gated.flatten(0, 1));
            gatedGrad = grad.matmul(model.Parameters[model.DownName(layer)]);
        }
        var middleGrad = Backward(gated, gatedGrad, middle);
        gated.Dispose();
        gatedGrad.Dispose();
        using (no_grad())
            middleGrad.add_(grad);
        var result = Backward(mixed, middleGrad, kept.Input).MoveToOuterDisposeScope();
        kept.Mixed?.Dispose();
        kept.Middle?.Dispose();
        kept.Input.Dispose();
        return result;
    }

    private static Tensor WithGraph(bool graph, Func<Tensor> compute)
    {
        using var mode = set_grad_enabled(graph);
        return compute();
    }

    /// <summary>Where one graph ends and the next begins: the same values, a leaf of their own.</summary>
    private static Tensor Boundary(Tensor x)
    {
        var leaf = x.detach();
        leaf.requires_grad = true;
        return leaf;
    }

    /// <returns>The gradient of <paramref name="input"/>, a leaf below <paramref name="output"/>.</returns>
    private Tensor Backward(Tensor output, Tensor gradient, Tensor input)
    {
        output.backward([gradient]);
        model.Stretch?.ThrowIfLost();
        var result =
            input.grad ?? throw new InvalidOperationException("the block's output does not depend on its input");
        input.grad = null;
        return result;
    }
}
