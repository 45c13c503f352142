using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Layers;

public class ParameterSetTests
{
    private static readonly ParameterSpec[] Specs =
    [
        new("embed.weight", [3, 2], new Initialization.Constant(1)),
        new("norm.weight", [2], new Initialization.Constant(1), Decay: false),
    ];

    [Fact]
    public void A_disposed_set_leaves_no_tensor_behind()
    {
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            using var set = new ParameterSet(Specs, ScalarType.Float32, CPU);
            set.Initialize(1);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Disposed_gradients_leave_no_tensor_behind()
    {
        using var set = new ParameterSet(Specs, ScalarType.Float32, CPU);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
            new GradientBuffers(set).Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_disposed_optimizer_leaves_no_tensor_behind()
    {
        using var set = new ParameterSet(Specs, ScalarType.Float32, CPU);
        using var gradients = new GradientBuffers(set);
        foreach (var buffer in set.Buffers)
            gradients.Open(buffer.Block);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 3; i++)
        {
            using var optimizer = new AdamW(set, new OptimizerConfig());
            optimizer.Step(gradients, 1, 1);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
