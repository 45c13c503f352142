namespace LinearScaling.Torch.Ops;

/// <summary>The element type of what must not be rounded to bf16: gates, decays, sums, norms and states are fp32, or
/// fp64 with fp64 inputs.</summary>
internal static class Wide
{
    public static ScalarType Type(ScalarType type) =>
        type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    public static Tensor Widen(Tensor x) => x.to(Type(x.dtype));

    public static Tensor Zeros(Tensor like, params long[] shape) => zeros(shape, Type(like.dtype), like.device);
}
