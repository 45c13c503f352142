using LinearScaling.Torch.Kernels;

namespace LinearScaling.Torch.Ops;

/// <summary>Products with matrices of weights.</summary>
public static class Products
{
    /// <summary>x W'.</summary>
    /// <param name="x">[..., inputs]</param>
    /// <param name="weight">[outputs, inputs], of the same type.</param>
    /// <returns>[..., outputs]</returns>
    public static Tensor Linear(Tensor x, Tensor weight) =>
        LinearKernel.Fits(x, weight) ? LinearKernel.Apply(x, weight) : nn.functional.linear(x, weight);
}
