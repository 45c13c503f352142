namespace LinearScaling.Torch.Ops;

/// <summary>HGRN2's forget gate f = beta + (1 - beta) sigmoid(z) and tied input gate 1 - f (arXiv 2404.07904, section
/// 3; arXiv 2406.16690, appendix A.1.3).</summary>
public static class ForgetGate
{
    /// <summary>
    /// beta of a layer: P = softmax over layers of the bounds, beta_l = P_1 + ... + P_l. Layer 0 has none, the last one
    /// stays below 1 (the released code; the papers print the sum from P_0, with which the last layer could not learn).
    /// </summary>
    /// <param name="bounds">[layers, hidden]</param>
    /// <param name="layer">From 1.</param>
    /// <returns>[hidden]</returns>
    public static Tensor LowerBound(Tensor bounds, int layer)
    {
        using var scope = NewDisposeScope();
        return Wide.Widen(bounds).softmax(0).narrow(0, 1, layer).sum(0L).MoveToOuterDisposeScope();
    }

    /// <summary>Both gates from their logits, without cancellation at either end: f near 1 keeps 1 - f, f near 0 keeps
    /// log f.</summary>
    /// <param name="logits">z, [..., hidden]</param>
    /// <param name="lowerBound">beta in (0, 1), [hidden]; null for 0, whose logarithm would have no gradient.</param>
    /// <returns>log f, fp32 (fp64 with fp64 logits), and 1 - f in the type of the logits.</returns>
    public static (Tensor LogForget, Tensor Input) Compute(Tensor logits, Tensor? lowerBound)
    {
        using var scope = NewDisposeScope();
        var z = Wide.Widen(logits);
        if (lowerBound is null)
            return scope.MoveToOuter(nn.functional.logsigmoid(z), z.neg().sigmoid().to(logits.dtype).alias());

        var open = 1 - lowerBound;
        var logForget = logaddexp(lowerBound.log(), open.log() + nn.functional.logsigmoid(z));
        return scope.MoveToOuter(logForget, (open * z.neg().sigmoid()).to(logits.dtype).alias());
    }
}
