using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>How many operators a layer runs that are kernel launches on a GPU: in fp64 a model is computed on the CPU
/// as it is on a GPU without kernels of our own.</summary>
public sealed class LaunchCountTests
{
    /// <summary>Operators that launch nothing themselves: views, shapes, memory, and those made of others.</summary>
    private static readonly HashSet<string> Free =
    [
        "aten::_reshape_alias",
        "aten::_to_copy",
        "aten::_unsafe_view",
        "aten::alias",
        "aten::as_strided",
        "aten::chunk",
        "aten::clone",
        "aten::contiguous",
        "aten::detach",
        "aten::detach_",
        "aten::diagonal",
        "aten::empty",
        "aten::empty_like",
        "aten::empty_strided",
        "aten::expand",
        "aten::expand_as",
        "aten::flatten",
        "aten::linear",
        "aten::log_sigmoid",
        "aten::mT",
        "aten::matmul",
        "aten::narrow",
        "aten::new_empty_strided",
        "aten::numpy_T",
        "aten::ones",
        "aten::ones_like",
        "aten::permute",
        "aten::reshape",
        "aten::resize_",
        "aten::resolve_conj",
        "aten::resolve_neg",
        "aten::result_type",
        "aten::rms_norm",
        "aten::select",
        "aten::slice",
        "aten::slice_backward",
        "aten::softmax",
        "aten::special_softmax",
        "aten::split",
        "aten::split_with_sizes",
        "aten::squeeze",
        "aten::t",
        "aten::to",
        "aten::transpose",
        "aten::tril",
        "aten::type_as",
        "aten::unbind",
        "aten::unflatten",
        "aten::unsqueeze",
        "aten::view",
        "aten::view_as",
        "aten::zero_",
        "aten::zeros",
        "aten::zeros_like",
    ];

    // An RMS norm is one kernel each way on a GPU; here it is six forward and about twelve backward.
    [Theory]
    [InlineData("tnl", 84, 121)]
    [InlineData("hgrn2", 136, 318)]
    [InlineData("cosformer2", 77, 141)]
    [InlineData("llama", 53, 85)]
    public void A_layer_launches(string architecture, int forward, int backward)
    {
        var (two, three) = (Count(architecture, layers: 2), Count(architecture, layers: 3));
        Assert.SkipWhen(two is null || three is null, "this libtorch cannot be asked");
        var found = (three!.Value.Forward - two!.Value.Forward, three.Value.Backward - two.Value.Backward);
        Assert.Equal((forward, backward), found);
    }

    private static (long Forward, long Backward)? Count(string architecture, int layers)
    {
        using var scope = NewDisposeScope();
        var config = Models.Config(architecture, 32, layers, 64, 24);
        using var model = config.Build(ScalarType.Float64, CPU);
        model.Parameters.Initialize(1);
        var (ids, _) = Models.Batch(24, 2, 128);
        using var times = OperatorTimes.Start();
        if (times is null)
            return null;
        var loss = model.Logits(ids).sum();
        var forward = Launches(times);
        loss.backward();
        return (forward, Launches(times) - forward);
    }

    private static long Launches(OperatorTimes times) =>
        times
            .Totals()
            .Where(t => t.Key.StartsWith("aten::", StringComparison.Ordinal) && !Free.Contains(t.Key))
            .Sum(t => t.Value.Calls);
}
