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
        var before = LiveTensors.Settled();
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
        var before = LiveTensors.Settled();
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
        var before = LiveTensors.Settled();
        for (var i = 0; i < 3; i++)
        {
            using var optimizer = new AdamW(set, new OptimizerConfig());
            optimizer.Step(gradients, 1, 1);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Only_embedding_and_head_have_the_embeddings_weight_decay()
    {
        ParameterSpec[] specs =
        [
            new("embed.weight", [2, 2], new Initialization.Constant(1), Embedding: true),
            new("tpe.o.weight", [2, 2], new Initialization.Constant(1)),
            new("norm.weight", [2], new Initialization.Constant(1), Decay: false),
        ];
        using var set = new ParameterSet(specs, ScalarType.Float64, CPU);
        set.Initialize(1);
        using var gradients = new GradientBuffers(set);
        gradients.Open(-1);
        var config = new OptimizerConfig
        {
            WeightDecay = 0.1,
            EmbeddingWeightDecay = 0.5,
            VectorWeightDecay = 0,
        };
        using var optimizer = new AdamW(set, config);
        optimizer.Step(gradients, 1, 1);
        Assert.Equal(0.5, set["embed.weight"][0, 0].item<double>(), 6);
        Assert.Equal(0.9, set["tpe.o.weight"][0, 0].item<double>(), 6);
        Assert.Equal(1, set["norm.weight"][0].item<double>(), 6);
    }
}
