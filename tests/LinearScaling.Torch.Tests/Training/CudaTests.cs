using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Training;

namespace LinearScaling.Tests.Torch.Training;

/// <summary>What holds on a CUDA device; <c>scripts/gpu-check.sh</c> runs them on a machine that has one.</summary>
public class CudaTests
{
    public static TheoryData<string> Architectures => [.. ModelConfig.Variants.Names];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_step_s_gradients_are_those_of_the_cpu(string architecture)
    {
        RequireCuda();
        var (expected, found) = (Gradients(architecture, CPU), Gradients(architecture, CUDA));
        Assert.Equal(expected.Loss, found.Loss, 1e-3 * expected.Loss);
        Assert.Equal(expected.Norm, found.Norm, 5e-3 * expected.Norm);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_step_is_repeated_to_the_bit_and_leaves_no_tensor(string architecture)
    {
        RequireCuda();
        Assert.Equal(Gradients(architecture, CUDA), Gradients(architecture, CUDA));
        var before = LiveTensors.Settled();
        Gradients(architecture, CUDA);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void The_device_says_how_much_memory_it_has()
    {
        RequireCuda();
        using var some = ones(1 << 20, device: CUDA);
        var (free, total) = CudaDriver.Memory(0)!.Value;
        Assert.InRange(free, 1, total);
        Assert.InRange(ComputeDevice.UsedMemory(device(DeviceType.CUDA, 0)), 4 << 20, total);
    }

    [Fact]
    public void Memory_that_is_not_there_is_told_as_such()
    {
        RequireCuda();
        var error = Assert.ThrowsAny<Exception>(() => empty([1L << 42], device: CUDA));
        Assert.Contains("out of memory", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Nccl_of_one_device_gives_back_what_it_gets()
    {
        RequireCuda();
        var nccl = NcclLibrary.Find();
        Assert.SkipWhen(nccl is null, "needs NCCL");
        using var scope = NewDisposeScope();
        using var ranks = new NcclCollectives(
            nccl!,
            new CudaStreams(0),
            rank: 0,
            size: 1,
            nccl!.NewId(),
            lost => Assert.Fail(lost.Message)
        );
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16, ScalarType.Int64])
        {
            var values = arange(1 << 20, dtype: type, device: CUDA);
            var flat = values.clone();
            ranks.ReduceScatter(flat, flat.numel(), "values");
            ranks.AllGather(flat, flat.numel(), "values");
            ranks.Broadcast(flat, "values");
            ranks.Wait();
            Assert.True(flat.eq(values).all().item<bool>());
        }
    }

    private static (double Loss, double Norm) Gradients(string architecture, Device device)
    {
        using var scope = NewDisposeScope();
        var config = Models.TinyConfig(architecture);
        using var model = config.Build(ScalarType.Float32, device);
        model.Parameters.Initialize(3);
        using var gradients = new GradientBuffers(model.Parameters);
        var tokens = (arange(2 * 33) * 7 % config.VocabSize).view(2, 33).to(device);
        var loss = 0.0;
        gradients.Zero();
        new BlockWalk(model, gradients, Recompute.Full).ForwardBackward(
            tokens.narrow(1, 0, 32),
            tokens.narrow(1, 1, 32),
            1.0 / 64,
            sum => loss = sum.item<double>() / 64,
            blockDone: gradients.Measure
        );
        return (loss, gradients.Norm());
    }

    private static void RequireCuda()
    {
        Assert.SkipUnless(CudaDriver.Devices().Count > 0, "needs CUDA");
        Dispatcher.SetFloat32MatmulPrecision("highest");
    }
}
