using LinearScaling.Torch.Kernels;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Ops;

/// <summary>Norms over the last dimension, computed in fp32 (fp64 with fp64 inputs) and cast back.</summary>
public static class Normalization
{
    /// <summary>x / sqrt(mean(x^2) + eps), times a gain where there is one (RMSNorm, arXiv 1910.07467; SRMSNorm
    /// without, arXiv 2307.14995).</summary>
    /// <param name="x">[..., width]</param>
    /// <param name="gain">[width], or null.</param>
    public static Tensor Rms(Tensor x, Tensor? gain, double eps)
    {
        using var scope = NewDisposeScope();
        if (Rows.Fit(x))
            return RmsKernel.Apply(x, gain, eps).MoveToOuterDisposeScope();
        var y = Dispatcher.RmsNorm(Wide.Widen(x), gain, eps);
        return y.to(x.dtype).alias().MoveToOuterDisposeScope();
    }

    /// <summary>(x - mean) / sqrt(variance + eps) * gain + bias (arXiv 1607.06450).</summary>
    /// <param name="x">[..., width]</param>
    /// <param name="gain">[width]</param>
    /// <param name="bias">[width]</param>
    public static Tensor Layer(Tensor x, Tensor gain, Tensor bias, double eps)
    {
        using var scope = NewDisposeScope();
        var wide = Wide.Widen(x);
        return nn
            .functional.layer_norm(wide, [x.size(-1)], gain, bias, eps)
            .to(x.dtype)
            .alias()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The same for parts of the width: each part has its own mean and length, each feature its own gain and
    /// bias.</summary>
    /// <param name="x">[batch, time, groups, width / groups]</param>
    /// <param name="gain">[groups, width / groups], or null.</param>
    /// <param name="bias">[groups, width / groups], or null for no mean subtraction.</param>
    public static Tensor Groups(Tensor x, Tensor? gain, Tensor? bias, double eps)
    {
        using var scope = NewDisposeScope();
        var wide = Wide.Widen(x);
        var y = bias is null
            ? Gained(Rms(wide, null, eps))
            : nn.functional.layer_norm(wide, [x.size(-1)], eps: eps) * gain! + bias;
        return y.to(x.dtype).alias().MoveToOuterDisposeScope();

        Tensor Gained(Tensor normalised) => gain is null ? normalised : normalised * gain;
    }
}
