using BenchmarkDotNet.Attributes;
using LinearScaling.Torch.Native;

namespace LinearScaling.Benchmarks;

/// <summary>What the dispatcher's operators gain over TorchSharp's own: one AdamW step of 16.8 million parameters in 64 tensors.</summary>
[InProcess]
[ShortRunJob]
public class AdamWBenchmarks
{
    private readonly Tensor[] parameters = Make();
    private readonly Tensor[] gradients = Make();
    private readonly Tensor[] first = Make();
    private readonly Tensor[] second = Make();
    private readonly Tensor[] steps = [.. Enumerable.Range(0, 64).Select(_ => ones(1).squeeze().DetachFromDisposeScope())];
    private readonly optim.Optimizer torchSharp;

    public AdamWBenchmarks()
    {
        set_num_threads(1);
        var leaves = Make().Select(t => new TorchSharp.Modules.Parameter(t)).ToArray();
        foreach (var (leaf, gradient) in leaves.Zip(gradients))
            leaf.grad = gradient;
        torchSharp = optim.AdamW(leaves, lr: 1e-4);
    }

    [Benchmark(Baseline = true)]
    public void TorchSharpAdamW()
    {
        using var scope = NewDisposeScope();
        torchSharp.step();
    }

    [Benchmark]
    public void FusedAdamW() => Dispatcher.FusedAdamW(parameters, gradients, first, second, steps, 1e-4, 0.9, 0.999, 0.01, 1e-8);

    private static Tensor[] Make() => [.. Enumerable.Range(0, 64).Select(_ => rand(512, 512).DetachFromDisposeScope())];
}

/// <summary>RMSNorm with a gain on [4096, 512], forward and backward: the fused operator against the formula in plain operators.</summary>
[InProcess]
[ShortRunJob]
public class RmsNormBenchmarks
{
    private readonly Tensor x = randn(4096, 512).requires_grad_();
    private readonly Tensor gain = ones(512).requires_grad_();
    private readonly Tensor gradient = randn(4096, 512);

    public RmsNormBenchmarks() => set_num_threads(1);

    [Benchmark(Baseline = true)]
    public void PlainOperators() => ForwardAndBackward(() => x * (x.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * gain);

    [Benchmark]
    public void RmsNorm() => ForwardAndBackward(() => Dispatcher.RmsNorm(x, gain, 1e-5));

    [Benchmark]
    public void LayerNorm() => ForwardAndBackward(() => nn.functional.layer_norm(x, [512], gain));

    private void ForwardAndBackward(Func<Tensor> norm)
    {
        using var scope = NewDisposeScope();
        norm().backward([gradient]);
        x.grad = null;
        gain.grad = null;
    }
}
