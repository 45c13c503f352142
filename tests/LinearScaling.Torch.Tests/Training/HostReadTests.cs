using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Tests.Torch.Training;

/// <summary>That no operator of a step reads back what a device computed, for which a GPU would have to finish first.
/// The trainer itself reads twice, the loss and the gradients' norm, both after the last backward pass: what is not
/// finite is refused before the update. TorchSharp does that past libtorch's dispatcher.</summary>
public sealed class HostReadTests : IDisposable
{
    /// <summary>Operators whose result's shape or value libtorch reads back.</summary>
    private static readonly string[] Reading =
    [
        "aten::_local_scalar_dense",
        "aten::bincount",
        "aten::equal",
        "aten::is_nonzero",
        "aten::masked_select",
        "aten::nonzero",
        "aten::repeat_interleave",
        "aten::_unique2",
    ];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-reads-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    public static TheoryData<string, bool> Cases()
    {
        var cases = new TheoryData<string, bool>();
        foreach (var name in ModelConfig.Variants.Names)
        {
            cases.Add(name, false);
            cases.Add(name, true);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_operator_of_a_step_reads_back(string architecture, bool documents)
    {
        using var times = OperatorTimes.Start();
        Assert.SkipWhen(times is null, "this libtorch cannot be asked");
        var run = new TinyRun(
            Path.Combine(root, "run"),
            architecture,
            Precision.Fp32,
            resetAfter: documents ? 3 : null
        );
        run.Train(steps: 8);

        var calls = times!.Totals().ToDictionary(t => t.Key, t => t.Value.Calls);
        // On the CPU the fused AdamW reads the number of the step, which on a GPU its kernel does.
        var updates = calls["aten::_fused_adamw_"];
        Assert.True(updates > 0);
        Assert.Equal(updates, Reading.Sum(name => calls.GetValueOrDefault(name)));
    }
}
