using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
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
        new BlockWalk(model, gradients, recompute).ForwardBackward(
            ids,
            targets,
            1.0 / targets.numel(),
            sum => lossSum = sum.item<double>(),
            cancellationToken: TestContext.Current.CancellationToken
        );

        Assert.Equal(whole.item<double>(), lossSum / targets.numel(), 1e-12);
        foreach (var spec in model.Parameters.Specs)
        {
            var difference = (expected[spec.Name] - gradients[spec.Name]).abs().max().item<double>();
            Assert.True(
                difference <= 1e-12 * Math.Max(1, expected[spec.Name].abs().max().item<double>()),
                $"{spec.Name}: {difference}"
            );
        }
    }

    public static TheoryData<string> Names => [.. ModelConfig.Variants.Names];

    [Theory]
    [MemberData(nameof(Models.Types), MemberType = typeof(Models))]
    public void Every_recompute_policy_gives_the_same_gradients_to_the_bit(string architecture, bool bf16)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny(architecture, bf16 ? ScalarType.BFloat16 : ScalarType.Float32);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 3, 21);
        var results = Enum.GetValues<Recompute>()
            .Select(recompute =>
            {
                using var gradients = new GradientBuffers(model.Parameters);
                var loss = 0.0;
                new BlockWalk(model, gradients, recompute).ForwardBackward(
                    ids,
                    targets,
                    1.0 / targets.numel(),
                    sum => loss = sum.item<double>(),
                    cancellationToken: TestContext.Current.CancellationToken
                );
                return (loss, Flats: model.Parameters.Buffers.Select((_, i) => gradients.Flat(i).clone()).ToList());
            })
            .ToList();
        foreach (var (loss, flats) in results)
        {
            Assert.Equal(results[0].loss, loss);
            Assert.All(
                flats.Zip(results[0].Flats),
                pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>())
            );
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Documents_kept_apart_in_a_whole_model_are_kept_apart_in_the_walk(string architecture)
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny(architecture, ScalarType.Float64);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 1, 21);
        var segments = (arange(21) >= 8).to(ScalarType.Int64).unsqueeze(0);
        var x = model.Embed(ids, segments);
        for (var layer = 0; layer < model.Config.NumLayers; layer++)
            x = model.Block(layer, x, segments);
        var expected = nn
            .functional.cross_entropy(
                model.Head(model.Norm(x)).flatten(0, 1),
                targets.flatten(),
                reduction: nn.Reduction.Sum
            )
            .item<double>();

        using var gradients = new GradientBuffers(model.Parameters);
        var loss = 0.0;
        new BlockWalk(model, gradients, Recompute.Selective).ForwardBackward(
            ids,
            targets,
            1,
            sum => loss = sum.item<double>(),
            segments,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal(expected, loss, 1e-10);
    }

    [Fact]
    public void Blocks_are_told_from_the_last_to_the_first_and_the_norm_is_that_of_all_gradients()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny("tnl", ScalarType.Float64);
        using var gradients = new GradientBuffers(model.Parameters);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 2, 9);
        var told = new List<int>();
        gradients.Zero();
        new BlockWalk(model, gradients, Recompute.None).ForwardBackward(
            ids,
            targets,
            1,
            _ => { },
            blockDone: block =>
            {
                told.Add(block);
                gradients.Measure(block);
            },
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.Equal([2, 1, 0, -1], told);
        var expected = Math.Sqrt(
            Enumerable
                .Range(0, model.Parameters.Buffers.Count)
                .Sum(i => gradients.Flat(i).square().sum().item<double>())
        );
        Assert.Equal(expected, gradients.Norm(), 1e-12 * expected);
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
        walk.ForwardBackward(ids, targets, 1, _ => { }, cancellationToken: TestContext.Current.CancellationToken);
        var before = LiveTensors.Settled();
        for (var i = 0; i < 5; i++)
            walk.ForwardBackward(ids, targets, 1, _ => { }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Documents_packed_into_one_sequence_give_the_loss_and_gradients_that_they_give_alone(
        string architecture,
        Recompute recompute
    )
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
            new BlockWalk(model, expected, recompute).ForwardBackward(
                packed.narrow(1, start, end - start),
                targets.narrow(1, start, end - start),
                1,
                sum => expectedLoss += sum.item<double>(),
                cancellationToken: TestContext.Current.CancellationToken
            );
        using var gradients = new GradientBuffers(model.Parameters);
        var loss = 0.0;
        new BlockWalk(model, gradients, recompute).ForwardBackward(
            packed,
            targets,
            1,
            sum => loss = sum.item<double>(),
            segments,
            cancellationToken: TestContext.Current.CancellationToken
        );

        Assert.Equal(expectedLoss, loss, 1e-10);
        foreach (var spec in model.Parameters.Specs)
            Assert.True(
                (expected[spec.Name] - gradients[spec.Name]).abs().max().item<double>()
                    <= 1e-10 * Math.Max(1, expected[spec.Name].abs().max().item<double>()),
                spec.Name
            );
    }

    [Fact]
    public void A_cancelled_walk_stops_between_blocks()
    {
        using var scope = NewDisposeScope();
        using var model = Models.Tiny("llama", ScalarType.Float32);
        using var gradients = new GradientBuffers(model.Parameters);
        var (ids, targets) = Models.Batch(model.Config.VocabSize, 1, 5);
        Assert.Throws<OperationCanceledException>(() =>
            new BlockWalk(model, gradients, Recompute.None).ForwardBackward(
                ids,
                targets,
                1,
                _ => { },
                cancellationToken: new CancellationToken(canceled: true)
            )
        );
    }
}
