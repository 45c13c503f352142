using System.Diagnostics;
using LinearScaling.Torch.Native;

namespace LinearScaling.Benchmarks;

/// <summary>What operators called by name gain over TorchSharp's own ways: one AdamW step of 16.8 million parameters in 64 tensors; RMSNorm with a gain on [4096, 512], forward and backward. One thread, fp32, best of 15 rounds in turns.</summary>
internal static class EngineTable
{
    private const int Rounds = 15;

    public static void Print()
    {
        set_num_threads(1);
        Console.WriteLine("| what | how | ms | of the first |");
        Console.WriteLine("|---|---|---|---|");
        AdamW();
        RmsNorm();
    }

    private static void AdamW()
    {
        using var scope = NewDisposeScope();
        var leaves = Matrices().ConvertAll(t => new TorchSharp.Modules.Parameter(t));
        var (parameters, gradients, first, second) = (Matrices(), Matrices(), Matrices(), Matrices());
        foreach (var (leaf, gradient) in leaves.Zip(gradients))
            leaf.grad = gradient;
        var steps = parameters.ConvertAll(_ => tensor(1f));
        var optimizer = optim.AdamW(leaves, lr: 1e-4);
        Rows("AdamW",
            ("TorchSharp", () => optimizer.step()),
            ("aten::_fused_adamw_", () => Dispatcher.FusedAdamW(parameters, gradients, first, second, steps, 1e-4, 0.9, 0.999, 0.01, 1e-8)));
    }

    private static void RmsNorm()
    {
        using var scope = NewDisposeScope();
        var x = randn(4096, 512).requires_grad_();
        var gain = ones(512).requires_grad_();
        var gradient = randn(4096, 512);
        Action Of(Func<Tensor> norm) => () =>
        {
            norm().backward([gradient]);
            x.grad = null;
            gain.grad = null;
        };
        Rows("RMSNorm",
            ("plain operators", Of(() => x * (x.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * gain)),
            ("aten::rms_norm", Of(() => Dispatcher.RmsNorm(x, gain, 1e-5))),
            ("for comparison: layer_norm", Of(() => nn.functional.layer_norm(x, [512], gain))));
    }

    private static void Rows(string what, params (string How, Action Run)[] ways)
    {
        var best = new double[ways.Length];
        Array.Fill(best, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
            for (var i = 0; i < ways.Length; i++)
            {
                using var scope = NewDisposeScope();
                var began = Stopwatch.GetTimestamp();
                ways[i].Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        for (var i = 0; i < ways.Length; i++)
            Console.WriteLine($"| {what} | {ways[i].How} | {best[i]:F1} | {best[i] / best[0]:F2} |");
    }

    private static List<Tensor> Matrices() => [.. Enumerable.Range(0, 64).Select(_ => rand(512, 512))];
}
