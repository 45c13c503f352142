using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Training;

public class BlockWalkTests
{
    public static TheoryData<string, Recompute> Cases()
    {
        var cases = new TheoryData<string, Recompute>();
        foreach (var name in ModelConfig.Variants.Names)
            foreach (var recompute in Enum.GetValues<Recompute>())
                cases.Add(name, recompute);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_walk_gives_the_loss_and_gradients_of_one_autograd_graph(string architecture, Recompute recompute)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny(architecture, ScalarType.Float64);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 3, 21);

        var whole = nn.functional.cross_entropy(model.Logits(ids).flatten(0, 1), targets.flatten());
        whole.backward();
        var expected = model.Parameters.Specs.ToDictionary(s => s.Name, s => model.Parameters[s.Name].grad!.clone());
        foreach (var spec in model.Parameters.Specs)
            model.Parameters[spec.Name].grad = null;

        using var gradients = new GradientBuffers(model.Parameters);
        var lossSum = double.NaN;
        new BlockWalk(model, gradients, recompute).ForwardBackward(ids, targets, 1.0 / targets.numel(), sum => lossSum = sum, TestContext.Current.CancellationToken);

        Assert.Equal(whole.item<double>(), lossSum / targets.numel(), 1e-12);
        foreach (var spec in model.Parameters.Specs)
        {
            var difference = (expected[spec.Name] - gradients[spec.Name]).abs().max().item<double>();
            Assert.True(difference <= 1e-12 * Math.Max(1, expected[spec.Name].abs().max().item<double>()), $"{spec.Name}: {difference}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_walk_leaves_no_tensor_behind(string architecture, Recompute recompute)
    {
        using var outer = NewDisposeScope();
        using var model = Models.Tiny(architecture, ScalarType.Float32);
        using var gradients = new GradientBuffers(model.Parameters);
        var walk = new BlockWalk(model, gradients, recompute);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 2, 9);
        walk.ForwardBackward(ids, targets, 1, _ => { }, TestContext.Current.CancellationToken);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 5; i++)
            walk.ForwardBackward(ids, targets, 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_cancelled_walk_stops_between_blocks()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny("llama", ScalarType.Float32);
        using var gradients = new GradientBuffers(model.Parameters);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 1, 5);
        Assert.Throws<OperationCanceledException>(() => new BlockWalk(model, gradients, Recompute.None).ForwardBackward(ids, targets, 1, _ => { }, new CancellationToken(canceled: true)));
    }
}
