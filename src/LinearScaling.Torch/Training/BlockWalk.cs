using LinearScaling.Torch.Architectures;

namespace LinearScaling.Torch.Training;

/// <summary>
/// Forward and backward of one micro-batch, block by block. Each block runs on a detached input, so that there are many
/// small autograd graphs instead of one: a block's graph is kept, or made again from its input when it is recomputed,
/// and once its backward has run, its gradients are complete and its memory is free.
/// </summary>
public sealed class BlockWalk(LanguageModel model, GradientBuffers gradients, Recompute recompute)
{
    /// <param name="ids">Input tokens, int64 [batch, time].</param>
    /// <param name="targets">The token after each, int64 [batch, time].</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; null: one document.</param>
    /// <param name="scale">Weight of each token: one over the tokens of the whole step.</param>
    /// <param name="lossKnown">Told the sum of the losses, in nats, before the blocks' backward begins.</param>
    /// <param name="cancellationToken">Looked at between blocks; a cancelled walk leaves gradients that must not be used.</param>
    public void ForwardBackward(Tensor ids, Tensor targets, Tensor? segments, double scale, Action<double> lossKnown, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var layers = model.Config.NumLayers;
        var inputs = new Tensor[layers + 1];
        var outputs = new Tensor?[layers];

        var embedded = model.Embed(ids, segments);
        inputs[0] = Boundary(embedded);
        for (var layer = 0; layer < layers; layer++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (recompute == Recompute.None)
            {
                outputs[layer] = model.Block(layer, inputs[layer], segments);
                inputs[layer + 1] = Boundary(outputs[layer]!);
            }
            else
            {
                using var guard = no_grad();
                inputs[layer + 1] = Boundary(model.Block(layer, inputs[layer], segments));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var normed = model.Norm(inputs[layers]);
        var hidden = normed.detach().flatten(0, 1);
        var (lossSum, hiddenGrad) = CrossEntropy.ForwardBackward(hidden, model.HeadWeight, targets.flatten(), scale, gradients[model.HeadName], cancellationToken);
        lossKnown(lossSum);
        var grad = Backward(normed, hiddenGrad.view(normed.shape), inputs[layers]);

        for (var layer = layers - 1; layer >= 0; layer--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var output = outputs[layer] ?? model.Block(layer, inputs[layer], segments);
            var next = Backward(output, grad, inputs[layer]).DetachFromDisposeScope();
            gradients.Collect(layer);
            outputs[layer]?.Dispose();
            inputs[layer + 1].Dispose();
            grad.Dispose();
            scope.Attach(next);
            grad = next;
        }
        if (embedded.requires_grad)
            embedded.backward([grad]);
        gradients.Collect(-1);
    }

    /// <summary>Where one graph ends and the next begins: the same values, a leaf of their own.</summary>
    private static Tensor Boundary(Tensor x)
    {
        var leaf = x.detach();
        leaf.requires_grad = true;
        return leaf;
    }

    /// <returns>The gradient of <paramref name="input"/>, a leaf below <paramref name="output"/>.</returns>
    private static Tensor Backward(Tensor output, Tensor gradient, Tensor input)
    {
        output.backward([gradient]);
        var result = input.grad ?? throw new InvalidOperationException("the block's output does not depend on its input");
        input.grad = null;
        return result;
    }
}
