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
        new BlockWalk(model, gradients, recompute).ForwardBackward(ids, targets, null, 1.0 / targets.numel(), sum => lossSum = sum, TestContext.Current.CancellationToken);

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
        walk.ForwardBackward(ids, targets, null, 1, _ => { }, TestContext.Current.CancellationToken);
        var before = Tensor.TotalCount;
        for (var i = 0; i < 5; i++)
            walk.ForwardBackward(ids, targets, null, 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Documents_packed_into_one_sequence_give_the_loss_and_gradients_that_they_give_alone(string architecture, Recompute recompute)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny(architecture, ScalarType.Float64);
        const long endOfText = 5;
        var packed = tensor([7L, 1, 2, 6, endOfText, 3, endOfText, 9, 8, 8, 1, 3, 2, 9, 4, 4, 1, 6, 2]).unsqueeze(0);
        var targets = tensor([1L, 2, 6, endOfText, 3, endOfText, 9, 8, 8, 1, 3, 2, 9, 4, 4, 1, 6, 2, 3]).unsqueeze(0);
        var segments = tensor([0L, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]).unsqueeze(0);

        using var expected = new GradientBuffers(model.Parameters);
        var expectedLoss = 0.0;
        foreach (var (start, end) in new[] { (0, 5), (5, 7), (7, 19) })
            new BlockWalk(model, expected, recompute).ForwardBackward(packed.narrow(1, start, end - start), targets.narrow(1, start, end - start), null, 1, sum => expectedLoss += sum, TestContext.Current.CancellationToken);
        using var gradients = new GradientBuffers(model.Parameters);
        var loss = 0.0;
        new BlockWalk(model, gradients, recompute).ForwardBackward(packed, targets, segments, 1, sum => loss = sum, TestContext.Current.CancellationToken);

        Assert.Equal(expectedLoss, loss, 1e-10);
        foreach (var spec in model.Parameters.Specs)
            Assert.True((expected[spec.Name] - gradients[spec.Name]).abs().max().item<double>() <= 1e-10 * Math.Max(1, expected[spec.Name].abs().max().item<double>()), spec.Name);
    }

    [Fact]
    public void A_cancelled_walk_stops_between_blocks()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny("llama", ScalarType.Float32);
        using var gradients = new GradientBuffers(model.Parameters);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 1, 5);
        Assert.Throws<OperationCanceledException>(() => new BlockWalk(model, gradients, Recompute.None).ForwardBackward(ids, targets, null, 1, _ => { }, new CancellationToken(canceled: true)));
    }
}
