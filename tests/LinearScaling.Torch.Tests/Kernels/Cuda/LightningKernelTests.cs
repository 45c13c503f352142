using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The GPU's kernels of linear attention with a constant decay, on the CPU, beside the recurrence in fp64:
/// values, gradients, states, with LRPE and without.</summary>
public class LightningKernelTests
{
    public static TheoryData<int, int, int, int> Shapes => WalkForms.Shapes;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_are_those_of_the_recurrence(int batch, int heads, int time, int width)
    {
        using var scope = NewDisposeScope();
        WalkForms.AreThoseOf(Recurrent(0), Decayed(WalkForms.Inputs(batch, heads, time, width), .1f));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void So_they_are_with_LRPE(int batch, int heads, int time, int width)
    {
        using var scope = NewDisposeScope();
        WalkForms.AreThoseOf(Recurrent(0), Turned(WalkForms.Inputs(batch, heads, time, width)));
    }

    /// <summary>A decay that forgets at once, one that forgets nothing, and none.</summary>
    [Theory]
    [InlineData(1e4f)]
    [InlineData(50f)]
    [InlineData(1e-6f)]
    [InlineData(0f)]
    [InlineData(null)]
    public void No_decay_is_too_large_or_too_small(float? rate)
    {
        using var scope = NewDisposeScope();
        var inputs = WalkForms.Inputs(1, 2, 130, 64);
        WalkForms.AreThoseOf(Recurrent(0), rate is { } s ? Decayed(inputs, s) : inputs);
    }

    /// <summary>Far from the start a fp32 angle would be wrong by more than its own size.</summary>
    [Fact]
    public void Angles_are_exact_at_every_position()
    {
        using var scope = NewDisposeScope();
        const long start = 1L << 30;
        WalkForms.AreThoseOf(Recurrent(start), Decayed(Turned(WalkForms.Inputs(1, 2, 70, 64)), .05f), start);
    }

    [Theory]
    [InlineData(40, false)]
    [InlineData(150, false)]
    [InlineData(150, true)]
    public void Nothing_passes_from_a_document_to_the_next(int time, bool turned)
    {
        using var scope = NewDisposeScope();
        var inputs = Decayed(WalkForms.Inputs(2, 1, time, 64), .05f);
        WalkForms.AreThoseOf(
            (x, _) => (LightningAttention.Parallel(x.Q, x.K, x.V, x.Decay!.detach(), x.Ids, x.Theta), null),
            (turned ? Turned(inputs) : inputs) with
            {
                Ids = Forms.Documents(2, time, 5),
            },
            states: false
        );
    }

    /// <summary>Here and in the sources.</summary>
    [Theory]
    [InlineData(64, false)]
    [InlineData(64, true)]
    [InlineData(128, false)]
    [InlineData(128, true)]
    public void Threads_and_shared_memory_are_what_the_source_says(int width, bool turned)
    {
        foreach (var kernel in LightningKernels.For(HostKernels.Required(), width, width, turned)!.All)
            Assert.Equal((kernel.Threads, kernel.SharedBytes), HostKernels.Described(kernel));
    }

    /// <summary>Every head another one.</summary>
    internal static TileInputs Decayed(TileInputs x, float rate) =>
        x with
        {
            Decay = arange(1, x.Q.size(1) + 1, ScalarType.Float32).mul_(rate),
        };

    /// <summary>By the ladder of the models.</summary>
    internal static TileInputs Turned(TileInputs x)
    {
        var features = x.Q.size(1) * x.Q.size(3);
        var theta = arange(features, ScalarType.Float64).mul_(-2 * Math.Log(10_000) / features).exp_();
        return x with { Theta = theta.to(ScalarType.Float32).view(x.Q.size(1), x.Q.size(3)) };
    }

    internal static WalkForms.Definition Recurrent(long start) =>
        (x, initial) => LightningAttention.Recurrent(x.Q, x.K, x.V, x.Decay?.detach(), initial, x.Theta, start);
}
