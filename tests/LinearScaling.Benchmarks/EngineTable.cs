using System.Diagnostics;
using LinearScaling.Torch.Native;
using LinearScaling.Torch.Ops;

namespace LinearScaling.Benchmarks;

/// <summary>
/// What operators called by name and kernels of our own gain over TorchSharp's ways: one AdamW step of 16.8 million
/// parameters, in 64 tensors and in one buffer, beside the copies that move as many bytes; RMSNorm with a gain on
/// [4096, 512], forward and backward. fp32, best of 15 rounds in turns.
/// </summary>
internal static class EngineTable
{
    private const int Rounds = 15;

    public static void Print()
    {
        Console.WriteLine("| what | how | threads | ms | the first is so many times as slow |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var threads in (int[])[1, 2])
        {
            set_num_threads(threads);
            AdamW(threads);
        }
        set_num_threads(1);
        RmsNorm();
    }

    private static void AdamW(int threads)
    {
        using var scope = NewDisposeScope();
        var leaves = Matrices().ConvertAll(t => new TorchSharp.Modules.Parameter(t));
        var (parameters, gradients, first, second) = (Matrices(), Matrices(), Matrices(), Matrices());
        foreach (var (leaf, gradient) in leaves.Zip(gradients))
            leaf.grad = gradient;
        var steps = parameters.ConvertAll(_ => tensor(1f));
        var optimizer = optim.AdamW(leaves, lr: 1e-4);
        var (flat, flatGradient, flatFirst, flatSecond) = (
            cat(parameters.ConvertAll(p => p.flatten())),
            cat(gradients.ConvertAll(p => p.flatten())),
            cat(first.ConvertAll(p => p.flatten())),
            cat(second.ConvertAll(p => p.flatten()))
        );
        var copies = empty_like(flat);
        Rows(
            "AdamW",
            threads,
            ("TorchSharp", () => optimizer.step()),
            (
                "aten::_fused_adamw_, one buffer",
                () =>
                    Dispatcher.FusedAdamW(
                        [flat],
                        [flatGradient],
                        [flatFirst],
                        [flatSecond],
                        [steps[0]],
                        1e-4,
                        0.9,
                        0.999,
                        0.01,
                        1e-8
                    )
            ),
            (
                "floor: copies that move as much, 28 bytes a parameter",
                () =>
                {
                    for (var i = 0; i < 3; i++) // 8 bytes a parameter each, and half as much again
                        copies.copy_(flat);
                    copies.narrow(0, 0, copies.size(0) / 2).copy_(flat.narrow(0, 0, copies.size(0) / 2));
                }
            ),
            (
                "aten::_fused_adamw_, 64 tensors",
                () => Dispatcher.FusedAdamW(parameters, gradients, first, second, steps, 1e-4, 0.9, 0.999, 0.01, 1e-8)
            )
        );
    }

    private static void RmsNorm()
    {
        using var scope = NewDisposeScope();
        var x = randn(4096, 512).requires_grad_();
        var gain = ones(512).requires_grad_();
        var gradient = randn(4096, 512);
        Action Timed(Func<Tensor> norm) =>
            () =>
            {
                norm().backward([gradient]);
                x.grad = null;
                gain.grad = null;
            };
        Rows(
            "RMSNorm",
            1,
            ("plain operators", Timed(() => x * (x.square().mean([-1], keepdim: true) + 1e-5).rsqrt() * gain)),
            ("aten::rms_norm", Timed(() => Dispatcher.RmsNorm(x, gain, 1e-5))),
            ("one pass each way", Timed(() => Normalization.Rms(x, gain, 1e-5))),
            ("for comparison: layer_norm", Timed(() => nn.functional.layer_norm(x, [512], gain)))
        );
    }

    private static void Rows(string what, int threads, params (string How, Action Run)[] ways)
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
            Console.WriteLine($"| {what} | {ways[i].How} | {threads} | {best[i]:F1} | {best[0] / best[i]:F1} |");
    }

    private static List<Tensor> Matrices() => [.. Enumerable.Range(0, 64).Select(_ => rand(512, 512))];
}
