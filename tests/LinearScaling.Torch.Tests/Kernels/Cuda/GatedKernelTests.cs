using LinearScaling.Tests.Torch.Ops;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Ops.Tiles;

namespace LinearScaling.Tests.Torch.Kernels.Cuda;

/// <summary>The GPU's kernels of gated linear attention, on the CPU, beside the recurrence in fp64: values, gradients,
/// states.</summary>
public class GatedKernelTests
{
    private static readonly double[] Extremes = [0, -1e-6, -50, -1e4, -1];

    public static TheoryData<int, int, int, int> Shapes => WalkForms.Shapes;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Values_and_gradients_are_those_of_the_recurrence(int batch, int heads, int time, int width)
    {
        using var scope = NewDisposeScope();
        WalkForms.AreThoseOf(Recurrent, Inputs(batch, heads, time, width));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1e-6)]
    [InlineData(-50)]
    [InlineData(-1e4)]
    public void No_gate_is_too_open_or_too_shut(double gate)
    {
        using var scope = NewDisposeScope();
        WalkForms.AreThoseOf(
            Recurrent,
            WalkForms.Inputs(1, 1, 100, 64) with
            {
                LogDecay = full([1, 1, 100, 64], gate, ScalarType.Float32),
            }
        );
    }

    /// <summary>Beside a shut gate, one that is almost open must not be lost.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Gates_of_all_kinds_stand_side_by_side(int seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var gates = new float[130 * 64];
        for (var i = 0; i < gates.Length; i++)
            gates[i] = (float)Extremes[random.Next(Extremes.Length)];
        WalkForms.AreThoseOf(
            Recurrent,
            WalkForms.Inputs(1, 1, 130, 64) with
            {
                LogDecay = tensor(gates).view(1, 1, 130, 64),
            }
        );
    }

    [Theory]
    [InlineData(40)]
    [InlineData(150)]
    public void Nothing_passes_from_a_document_to_the_next(int time)
    {
        using var scope = NewDisposeScope();
        WalkForms.AreThoseOf(
            (x, _) => (GatedLinearAttention.Parallel(x.Q, x.K, x.V, x.LogDecay!, x.Ids), null),
            Inputs(2, 1, time, 64) with
            {
                Ids = Forms.Documents(2, time, 5),
            },
            states: false
        );
    }

    [Fact]
    public void Rows_are_read_wherever_they_lie_in_memory()
    {
        using var scope = NewDisposeScope();
        var inputs = Inputs(2, 3, 70, 64);
        var expected = WalkForms.Walk(inputs).Forward(inputs, null, null, false).Output;
        Tensor Transposed(Tensor x) => x.transpose(1, 2).contiguous().transpose(1, 2);
        Tensor Odd(Tensor x) => cat([x, x.narrow(3, 0, 1)], 3).narrow(3, 0, 64);
        foreach (var place in (Func<Tensor, Tensor>[])[Transposed, Odd])
        {
            var moved = TileInputs.Unpack(Array.ConvertAll(inputs.All, x => x is null ? null : place(x)));
            Assert.Equal(0, Forms.Relative(WalkForms.Walk(moved).Forward(moved, null, null, false).Output, expected));
        }
    }

    /// <summary>Here and in the sources.</summary>
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public void Threads_and_shared_memory_are_what_the_source_says(int width)
    {
        foreach (var kernel in GatedKernels.For(HostKernels.Required(), width, width)!.All)
            Assert.Equal((kernel.Threads, kernel.SharedBytes), HostKernels.Described(kernel));
    }

    [Fact]
    public void There_are_kernels_for_bf16_and_some_widths_only()
    {
        var launcher = HostKernels.Required();
        using var scope = NewDisposeScope();
        ISequenceWalk? Chosen(TileInputs x) => KernelWalk.For(Chunks.Cut(x.Q, x.K, x.V, null, 64), x, 0, launcher);
        TileInputs Each(TileInputs inputs, Func<Tensor, Tensor> change) =>
            TileInputs.Unpack(Array.ConvertAll(inputs.All, x => x is null ? null : change(x)));
        foreach (var inputs in (TileInputs[])[Inputs(1, 1, 5, 64), WalkForms.Inputs(1, 1, 5, 64)])
        {
            Assert.NotNull(Chosen(inputs));
            Assert.Null(Chosen(Each(inputs, x => x.to(ScalarType.Float32))));
            Assert.Null(Chosen(Each(inputs, x => x.narrow(3, 0, 48))));
        }
    }

    internal static TileInputs Inputs(params long[] shape) =>
        WalkForms.Inputs(shape) with
        {
            LogDecay = Forms.Normal(ScalarType.Float32, 4, shape).square().neg(),
        };

    internal static (Tensor, Tensor?) Recurrent(TileInputs x, Tensor? initial) =>
        GatedLinearAttention.Recurrent(x.Q, x.K, x.V, x.LogDecay!, initial);
}
