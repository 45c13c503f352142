using LinearScaling.Tests.Torch.Collectives;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

/// <summary>Operators over stretches of a sequence equal those over the whole, values and all gradients, in
/// fp64.</summary>
public class StretchTests
{
    private const int Batch = 2;
    private const int Heads = 3;
    private const int Width = 4;

    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int>();
            foreach (var op in new[] { "lightning", "lrpe", "no decay", "gated", "softmax", "expsum", "average" })
            foreach (var (time, ranks) in new[] { (24, 2), (23, 3), (9, 4), (5, 5) })
                cases.Add(op, time, ranks);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Stretches_give_the_values_and_gradients_of_the_whole(string op, int time, int ranks)
    {
        foreach (var documents in new[] { false, true })
        {
            var whole = Compute(op, time, documents, null);
            var parts = ThreadRanks.Run(ranks, c => Compute(op, time, documents, new Stretch(c, time)));
            // Sequence inputs lie side by side; each rank has its part of a weight's gradient.
            for (var i = 0; i < whole.Count; i++)
            {
                using var scope = NewDisposeScope();
                var expected = whole[i].Value;
                var found = whole[i].IsSequence
                    ? cat([.. parts.Select(p => p[i].Value)], op is "expsum" or "average" ? 1 : 2)
                    : parts.Select(p => p[i].Value).Aggregate((a, b) => a + b);
                Assert.Equal(expected.shape, found.shape);
                var error = (expected - found).abs().max().item<double>();
                Assert.True(error < 1e-12, $"{whole[i].Name}, documents {documents}: differs by {error}");
            }
        }
    }

    [Theory]
    [InlineData("lightning")]
    [InlineData("lrpe")]
    [InlineData("gated")]
    [InlineData("expsum")]
    [InlineData("average")]
    public void A_linear_operator_sends_the_same_at_any_length(string op)
    {
        long Sent(int time) =>
            ThreadRanks
                .Run(
                    2,
                    c =>
                    {
                        foreach (var (_, value, _) in Compute(op, time, documents: false, new Stretch(c, time)))
                            value.Dispose();
                        return c.BytesSent;
                    }
                )
                .Sum();
        Assert.Equal(Sent(1024), Sent(16384));
    }

    /// <summary>The output and the gradients of sum(output * weights), of this rank's stretch.</summary>
    private static List<(string Name, Tensor Value, bool IsSequence)> Compute(
        string op,
        int time,
        bool documents,
        Stretch? stretch
    )
    {
        using var scope = NewDisposeScope();
        var flat = op is "expsum" or "average";
        var (start, length) = (stretch?.Start ?? 0, stretch?.Length ?? time);
        Tensor Part(Tensor x) => x.narrow(flat ? 1 : 2, start, length).detach().clone().requires_grad_();
        Tensor Sequence(ulong seed) =>
            Part(Noise(seed, flat ? [Batch, time, Heads * Width] : [Batch, Heads, time, Width]));
        var segments = documents ? Documents(time) : null;
        var local = segments?.narrow(1, start, length);
        if (local is not null && start > 0)
            local = local - segments!.narrow(1, start - 1, 1);

        var (q, k, v) = (Sequence(1), Sequence(2), Sequence(3));
        var a = (Noise(4, [Batch, Heads, time, Width]).abs() * -0.3)
            .narrow(2, start, length)
            .detach()
            .clone()
            .requires_grad_();
        var theta = Noise(5, [Heads, Width]).abs().detach().clone().requires_grad_();
        var decay = tensor((double[])[0.05, 0.4, 1.5]);
        var weight = Noise(6, op == "expsum" ? [Heads * Width, 5] : [Heads]).detach().clone().requires_grad_();
        var (output, inputs) = op switch
        {
            "lightning" => (
                LightningAttention.Chunked(q, k, v, decay, 4, null, local, stretch: stretch),
                new[] { ("q", q, true), ("k", k, true), ("v", v, true) }
            ),
            "lrpe" => (
                LightningAttention.Chunked(q, k, v, decay, 4, null, local, theta, stretch),
                [("q", q, true), ("k", k, true), ("v", v, true), ("theta", theta, false)]
            ),
            "no decay" => (
                LightningAttention.Chunked(q, k, v, null, 4, null, local, theta, stretch),
                [("q", q, true), ("k", k, true), ("v", v, true), ("theta", theta, false)]
            ),
            "gated" => (
                GatedLinearAttention.Chunked(q, k, v, a, 4, null, local, stretch),
                [("q", q, true), ("k", k, true), ("v", v, true), ("a", a, true)]
            ),
            "softmax" => (
                SoftmaxAttention.Causal(q, k, v, local, stretch),
                [("q", q, true), ("k", k, true), ("v", v, true)]
            ),
            "expsum" => (
                ExponentialSum.Chunked(q, weight, 4, local, stretch),
                [("x", q, true), ("weight", weight, false)]
            ),
            _ => (HeadAverage.Chunked(q, weight, local, stretch), new[] { ("x", q, true), ("alpha", weight, false) }),
        };
        var dOutput = Noise(7, flat ? [Batch, time, Heads * Width] : [Batch, Heads, time, Width])
            .narrow(flat ? 1 : 2, start, length);
        output.backward([dOutput.contiguous()]);
        stretch?.ThrowIfLost();
        List<(string, Tensor, bool)> results =
        [
            ("output", output.detach().clone().MoveToOuterDisposeScope(), true),
            .. inputs.Select(i => ("gradient of " + i.Item1, i.Item2.grad!.clone().MoveToOuterDisposeScope(), i.Item3)),
        ];
        return results;
    }

    /// <summary>Borders inside stretches and at their ends, several in one stretch, other ones in each
    /// sequence.</summary>
    private static Tensor Documents(int time)
    {
        using var scope = NewDisposeScope();
        var position = arange(time);
        var first = position.ge(time / 2).to(ScalarType.Int64) + position.ge(time * 2 / 3).to(ScalarType.Int64);
        var second = position.ge(1).to(ScalarType.Int64) + position.ge(time - 1).to(ScalarType.Int64);
        return stack([first, second], 0).MoveToOuterDisposeScope();
    }

    private static Tensor Noise(ulong seed, long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, ScalarType.Float64, generator: generator);
    }
}
