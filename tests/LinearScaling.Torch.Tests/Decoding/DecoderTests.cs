using LinearScaling.Tests.Torch.Architectures;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Decoding;

namespace LinearScaling.Tests.Torch.Decoding;

public class DecoderTests
{
    public static TheoryData<string> Architectures => [.. ModelConfig.Variants.Names];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_prompt_and_a_thousand_decoded_tokens_equal_one_chunked_pass(string architecture)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config(architecture), ScalarType.Float32);
        var ids = Some.Ids(1, 1037);
        var expected = model.Logits(ids);
        using var state = model.NewState(1);
        var worst = Difference(model.Head(model.Extend(ids.narrow(1, 0, 37), state)), expected.narrow(1, 0, 37));
        for (var t = 37; t < 1037; t++)
        {
            using var step = NewDisposeScope();
            worst = Math.Max(
                worst,
                Difference(model.Head(model.Extend(ids.narrow(1, t, 1), state)), expected.narrow(1, t, 1))
            );
        }
        Assert.InRange(worst, 0, 1e-4);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Prompts_of_different_lengths_decode_together_as_alone(string architecture)
    {
        using var model = Some.LivelyModel(Some.Config(architecture));
        var decoder = new Decoder(model, new(Temperature: 1, RepetitionPenalty: 1.1), seed: 3);
        int[][] prompts =
        [
            [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
            [3],
            [7, 7, 7, 7],
            [1, 2],
            .. Enumerable.Range(70, 2).Select(n => Enumerable.Range(0, n).Select(i => i * i % 31).ToArray()),
        ];
        var together = decoder.Continue(prompts, 20, g => g[^1] == 0, TestContext.Current.CancellationToken);
        foreach (var (prompt, continuation) in prompts.Zip(together))
            Assert.Equal(
                decoder.Continue([prompt], 20, g => g[^1] == 0, TestContext.Current.CancellationToken)[0],
                continuation
            );
        Assert.Contains(together, c => c!.Length == 20);
    }

    [Fact]
    public void Greedy_continuations_are_the_argmax_of_the_whole_sequence_each_time()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.LivelyModel(Some.Config("tnl"));
        List<long> ids = [4, 5, 6];
        for (var i = 0; i < 12; i++)
            ids.Add(model.Logits(tensor(ids.ToArray()).view(1, -1))[0, -1].argmax().item<long>());
        Assert.Equal(
            ids.Skip(3),
            new Decoder(model, new()).Continue(
                [
                    [4, 5, 6],
                ],
                12,
                _ => false,
                TestContext.Current.CancellationToken
            )[0]!.Select(t => (long)t)
        );
    }

    [Fact]
    public void The_seed_decides_the_draws_and_a_repeated_prompt_draws_anew()
    {
        using var model = Some.LivelyModel(Some.Config("hgrn2"));
        int[]?[] Run(ulong seed) =>
            [
                .. new Decoder(model, new(Temperature: 1.5), seed).Continue(
                    [
                        [1, 2],
                        [1, 2],
                    ],
                    30,
                    _ => false,
                    TestContext.Current.CancellationToken
                ),
            ];
        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1)[0]!, Run(2)[0]!);
        Assert.NotEqual(Run(1)[0]!, Run(1)[1]!);
    }

    [Theory]
    [InlineData("tnl")]
    [InlineData("hgrn2")]
    [InlineData("cosformer2")]
    public void The_state_of_a_linear_model_does_not_grow_with_the_position(string architecture)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var model = Some.Model(Some.Config(architecture), ScalarType.Float32);
        using var state = model.NewState(1);
        long BytesAt(long position)
        {
            while (state.Position < position)
            {
                using var step = NewDisposeScope();
                model.Extend(Some.Ids(1, (int)Math.Min(1024, position - state.Position)), state);
            }
            using var last = NewDisposeScope();
            model.Extend(Some.Ids(1, 1), state);
            return state.Bytes;
        }
        Assert.Equal(BytesAt(100), BytesAt(10_000));
        Assert.Equal(10_001, state.Position);
    }

    [Fact]
    public void Decoding_leaves_no_tensor_behind()
    {
        using var model = Some.LivelyModel(Some.Config("cosformer2"));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        new Decoder(model, new()).Continue(
            [
                [1, 2, 3],
                [4],
            ],
            5,
            _ => false,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
