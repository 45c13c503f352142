using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>What every architecture in the table must do, and the one that src/README.md adds.</summary>
public sealed class ArchitectureContractTests
{
    public static TheoryData<string> Names => [.. ModelConfig.Variants.Names, WalkThrough.Name];

    [Theory, MemberData(nameof(Names))]
    public void Logits_have_a_row_for_each_token(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(Some.Config(name));
        Assert.Equal([2, 13, 31], model.Logits(Some.Ids(2, 13)).shape);
    }

    [Theory, MemberData(nameof(Names))]
    public void The_first_loss_is_that_of_a_uniform_guess(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var tied in new[] { true, false })
        {
            using var model = Some.Model(
                Some.Config(name) with
                {
                    HiddenSize = 256,
                    NumHeads = 2,
                    VocabSize = 5000,
                    TieEmbeddings = tied,
                    InitStd = 0.05,
                },
                ScalarType.Float32
            );
            using var generator = new Generator(2);
            var (ids, targets) = (
                randint(5000, [4, 256], generator: generator),
                randint(5000, [1024], generator: generator)
            );
            var loss = nn.functional.cross_entropy(model.Logits(ids).flatten(0, 1), targets).item<float>();
            Assert.InRange(loss, Math.Log(5000) - 0.1, Math.Log(5000) + 0.1);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_token_changes_nothing_before_it(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config(name));
        var ids = Some.Ids(1, 21);
        var before = model.Logits(ids);
        foreach (var t in new[] { 0, 7, 8, 20 })
        {
            var changed = ids.clone();
            changed[0, t] = (ids[0, t] + 1) % 31;
            var after = model.Logits(changed);
            var difference = (after - before).abs().amax([2]).squeeze(0);
            Assert.Equal(0, t == 0 ? 0 : difference.narrow(0, 0, t).max().item<double>());
            Assert.True(difference[t].item<double>() > 1e-6);
            Assert.True(difference[20].item<double>() > 1e-9, "the last token sees all others");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_parameter_has_a_finite_gradient_that_is_not_zero(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Some.LivelyModel(Some.Config(name), ScalarType.Float32);
        var ids = Some.Ids(2, 21);
        nn.functional.cross_entropy(model.Logits(ids).flatten(0, 1), ids.flatten()).backward();
        foreach (var spec in model.Parameters.Specs)
        {
            var gradient = model.Parameters[spec.Name].grad!;
            Assert.True(gradient.isfinite().all().item<bool>(), spec.Name);
            Assert.True(gradient.abs().max().item<float>() > 0, spec.Name);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Decoding_token_by_token_or_in_parts_gives_the_training_forms_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config(name));
        var ids = Some.Ids(2, 29);
        var whole = model.Logits(ids);
        foreach (var parts in new int[][] { [.. Enumerable.Repeat(1, 29)], [11, 18], [8, 8, 13], [1, 27, 1], [29] })
        {
            using var state = model.NewState(2);
            var start = 0;
            foreach (var length in parts)
            {
                var logits = model.Head(model.Extend(ids.narrow(1, start, length), state));
                Assert.InRange((logits - whole.narrow(1, start, length)).abs().max().item<double>(), 0, 1e-10);
                start += length;
            }
            Assert.Equal(29, state.Position);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_selected_state_is_independent_of_its_source(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config(name));
        var (contexts, continuations) = (Some.Ids(2, 9), Some.Ids(3, 5, seed: 8));
        long[] owners = [1, 0, 1];
        using var state = model.NewState(2);
        model.Extend(contexts, state);
        using var selected = state.Select(owners);
        var logits = model.Head(model.Extend(continuations, selected));
        var whole = model.Logits(cat([contexts.index_select(0, tensor(owners)), continuations], 1)).narrow(1, 9, 5);
        Assert.InRange((logits - whole).abs().max().item<double>(), 0, 1e-10);
        Assert.Equal((9, 14), (state.Position, selected.Position));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_loss_to_the_bit(string name)
    {
        using var scope = NewDisposeScope();
        var ids = Some.Ids(2, 21);
        float Loss()
        {
            using var model = Some.Model(Some.Config(name), ScalarType.Float32, seed: 3);
            return nn.functional.cross_entropy(model.Logits(ids).flatten(0, 1), ids.flatten()).item<float>();
        }
        Assert.Equal(Loss(), Loss());
    }

    [Theory, MemberData(nameof(Names))]
    public void An_untrained_model_knows_nothing(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var small = Some.Config(name) with { HiddenSize = 64, NumHeads = 2, VocabSize = 1000 };
        using var model = Some.Model(small, ScalarType.Float32);
        var ids = Some.Ids(2, 33, 1000);
        var loss = nn.functional.cross_entropy(
            model.Logits(ids.narrow(1, 0, 32)).flatten(0, 1),
            ids.narrow(1, 1, 32).flatten()
        );
        Assert.Equal(Math.Log(1000), loss.item<float>(), 0.1);
    }

    [Theory, MemberData(nameof(Names))]
    public void A_documents_logits_are_those_it_has_alone(string name)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config(name));
        var ids = Some.Ids(1, 40);
        int[] lengths = [3, 5, 1, 20, 11]; // ends inside chunks, at a chunk's end, over several chunks
        var segments = tensor(lengths.SelectMany((length, i) => Enumerable.Repeat((long)i, length)).ToArray())
            .unsqueeze(0);
        var packed = Packed(model, ids, segments);
        var start = 0;
        foreach (var length in lengths)
        {
            var alone = model.Logits(ids.narrow(1, start, length));
            Assert.InRange((packed.narrow(1, start, length) - alone).abs().max().item<double>(), 0, 1e-10);
            start += length;
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Nothing_stays_alive(string name)
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            using var model = Some.Model(Some.Config(name), ScalarType.Float32);
            using var state = model.NewState(1);
            var ids = Some.Ids(1, 21);
            model.Logits(ids).sum().backward();
            model.Extend(ids, state);
            model.Extend(ids.narrow(1, 0, 1), state);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor Packed(LanguageModel model, Tensor ids, Tensor segments)
    {
        var x = model.Embed(ids, segments);
        for (var layer = 0; layer < model.Config.NumLayers; layer++)
            x = model.Block(layer, x, segments);
        return model.Head(model.Norm(x));
    }
}
