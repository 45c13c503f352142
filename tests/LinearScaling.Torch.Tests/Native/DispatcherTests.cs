using System.Runtime.InteropServices;
using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public sealed class DispatcherTests
{
    [Theory]
    [InlineData(ScalarType.Float64, 1e-12)]
    [InlineData(ScalarType.Float32, 1e-6)]
    public void Fused_adamw_equals_a_float64_loop_over_a_hundred_steps(ScalarType dtype, double tolerance)
    {
        const double lr = 1e-3,
            beta1 = 0.9,
            beta2 = 0.95,
            weightDecay = 0.1,
            eps = 1e-8;
        using var scope = NewDisposeScope();
        var random = new Random(1);
        int[] sizes = [1, 33, 256];
        var expected = sizes
            .Select(n => Enumerable.Range(0, n).Select(_ => (double)(float)(random.NextDouble() / 10)).ToArray())
            .ToArray();
        var parameters = expected.Select(p => tensor(p).to(dtype)).ToArray();
        var (m, v) = (sizes.Select(n => new double[n]).ToArray(), sizes.Select(n => new double[n]).ToArray());
        var (first, second) = (
            parameters.Select(p => zeros_like(p)).ToArray(),
            parameters.Select(p => zeros_like(p)).ToArray()
        );
        for (var step = 1; step <= 100; step++)
        {
            var gradients = sizes
                .Select(n => Enumerable.Range(0, n).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())
                .ToArray();
            Dispatcher.FusedAdamW(
                parameters,
                [.. gradients.Select(g => tensor(g).to(dtype))],
                first,
                second,
                [.. sizes.Select(_ => tensor((float)step))],
                lr,
                beta1,
                beta2,
                weightDecay,
                eps
            );
            for (var t = 0; t < sizes.Length; t++)
            for (var i = 0; i < sizes[t]; i++)
            {
                double g = gradients[t][i];
                expected[t][i] -= lr * weightDecay * expected[t][i];
                m[t][i] = beta1 * m[t][i] + (1 - beta1) * g;
                v[t][i] = beta2 * v[t][i] + (1 - beta2) * g * g;
                expected[t][i] -=
                    lr
                    * (m[t][i] / (1 - Math.Pow(beta1, step)))
                    / (Math.Sqrt(v[t][i] / (1 - Math.Pow(beta2, step))) + eps);
            }
        }
        for (var t = 0; t < sizes.Length; t++)
            Assert.All(
                parameters[t].to(ScalarType.Float64).data<double>().ToArray().Zip(expected[t]),
                p => Assert.Equal(p.Second, p.First, tolerance)
            );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rms_norm_and_its_gradients_equal_the_formula(bool gained)
    {
        using var scope = NewDisposeScope();
        var x = randn([3, 5, 8], ScalarType.Float64).requires_grad_();
        var gain = gained ? randn([8], ScalarType.Float64).requires_grad_() : null;
        var weights = randn([3, 5, 8], ScalarType.Float64);
        Tensor[] Gradients(Func<Tensor> norm)
        {
            x.grad = null;
            if (gain is not null)
                gain.grad = null;
            var y = norm();
            (y * weights).sum().backward();
            return gain is null ? [y, x.grad!.clone()] : [y, x.grad!.clone(), gain.grad!.clone()];
        }
        var got = Gradients(() => Dispatcher.RmsNorm(x, gain, 1e-5));
        var expected = Gradients(() =>
        {
            var y = x / (x.square().mean([-1], keepdim: true) + 1e-5).sqrt();
            return gain is null ? y : y * gain;
        });
        Assert.All(got.Zip(expected), p => Assert.True(p.First.allclose(p.Second, 1e-12, 1e-12)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.3)]
    public void Grouped_query_attention_equals_the_formula(double? scale)
    {
        using var scope = NewDisposeScope();
        var q = randn([2, 6, 7, 4], ScalarType.Float64);
        var k = randn([2, 2, 7, 4], ScalarType.Float64);
        var v = randn([2, 2, 7, 4], ScalarType.Float64);
        var scores =
            q.matmul(k.repeat_interleave(3, 1).transpose(-1, -2)) * (scale ?? 0.5)
            + full([7, 7], double.NegativeInfinity, ScalarType.Float64).triu(1);
        var expected = scores.softmax(-1).matmul(v.repeat_interleave(3, 1));
        Assert.True(
            Dispatcher
                .Attention(q, k, v, causal: true, scale: scale, groupedQuery: true)
                .allclose(expected, 1e-12, 1e-12)
        );
        var mask = ones([7, 7], ScalarType.Bool).tril();
        Assert.True(
            Dispatcher.Attention(q, k, v, mask, scale: scale, groupedQuery: true).allclose(expected, 1e-12, 1e-12)
        );
    }

    [Fact]
    public void A_refused_call_names_the_operator()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<InvalidOperationException>(() => Dispatcher.RmsNorm(ones(2, 3), ones(4), 1e-5));
        Assert.Equal("libtorch's aten::rms_norm failed; its message is on standard error", error.Message);
    }

    [Fact]
    public void Matmul_precision_changes_the_path_but_not_the_product()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(64, 64), randn(64, 64));
        var expected = a.to(ScalarType.Float64).matmul(b.to(ScalarType.Float64));
        Assert.SkipUnless(Dispatcher.SetFloat32MatmulPrecision("medium"), "this libtorch does not export the method");
        try
        {
            // bf16 inside where there is AMX
            Assert.True((a.matmul(b) - expected).norm().item<double>() < 1e-2 * expected.norm().item<double>());
        }
        finally
        {
            Dispatcher.SetFloat32MatmulPrecision("highest");
        }
        Assert.True((a.matmul(b) - expected).norm().item<double>() < 1e-6 * expected.norm().item<double>());
        Assert.Throws<ArgumentException>(() => Dispatcher.SetFloat32MatmulPrecision("low"));
    }

    [Fact]
    public void Ten_thousand_calls_leave_no_tensor_and_no_native_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mallinfo2 is glibc's");
        using var scope = NewDisposeScope();
        var x = randn(4, 8);
        var gain = ones(8);
        var (m, v, step) = (zeros_like(x), zeros_like(x), ones(1).squeeze());
        void Calls(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var inner = NewDisposeScope();
                Dispatcher.FusedAdamW([x], [x], [m], [v], [step], 1e-4, 0.9, 0.95, 0, 1e-8);
                Dispatcher.RmsNorm(x, gain, 1e-5);
                Dispatcher.Attention(
                    x.view(1, 1, 4, 8),
                    x.view(1, 1, 4, 8),
                    x.view(1, 1, 4, 8),
                    causal: true,
                    scale: 0.5
                );
            }
        }
        var tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        const int limit = 100_000; // one slot a call would be 320 kB
        var growth = Enumerable
            .Range(0, 20)
            .Select(_ => // rounds grow while the runtime still compiles what they run
            {
                var before = NativeBytes();
                Calls(10_000);
                return NativeBytes() - before;
            })
            .SkipWhile(bytes => bytes > limit)
            .Take(1)
            .ToList();
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.NotEmpty(growth);
    }

    private static long NativeBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var info = mallinfo2();
        return (long)(info.UsedBytes + info.MappedBytes);
    }

    [DllImport("libc")]
    private static extern MallocInfo mallinfo2();

    private struct MallocInfo
    {
#pragma warning disable CS0649 // glibc fills them
        public nuint Arena,
            Ordinary,
            Fast,
            MappedBlocks,
            MappedBytes,
            Unused,
            FastBytes,
            UsedBytes,
            FreeBytes,
            KeepCost;
#pragma warning restore CS0649
    }
}
