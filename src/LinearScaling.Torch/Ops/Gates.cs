using LinearScaling.Torch.Kernels;

namespace LinearScaling.Torch.Ops;

/// <summary>Products with an activated gate, elementwise; both arguments have one shape and type.</summary>
public static class Gates
{
    /// <summary>gate sigmoid(gate) value: SwiGLU's (arXiv 2002.05202).</summary>
    public static Tensor Silu(Tensor gate, Tensor value)
    {
        using var scope = NewDisposeScope();
        return (
            Rows.Fit(gate) ? GateKernel.Apply(gate, value, silu: true) : nn.functional.silu(gate) * value
        ).MoveToOuterDisposeScope();
    }

    /// <summary>sigmoid(gate) value.</summary>
    public static Tensor Sigmoid(Tensor gate, Tensor value)
    {
        using var scope = NewDisposeScope();
        return (
            Rows.Fit(gate) ? GateKernel.Apply(gate, value, silu: false) : gate.sigmoid() * value
        ).MoveToOuterDisposeScope();
    }
}
