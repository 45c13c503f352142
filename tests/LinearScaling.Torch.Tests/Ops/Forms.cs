using LinearScaling.Torch.Ops;

namespace LinearScaling.Tests.Torch.Ops;

/// <summary>Compares two forms of an operator: their outputs, and the gradients of every input under one random
/// weighting of the output.</summary>
internal static class Forms
{
    public static Tensor Rope(Tensor x, double @base, long start)
    {
        var type = x.dtype == ScalarType.Float64 ? x.dtype : ScalarType.Float32;
        using var angles = new RopeAngles(x.size(3), @base, start, x.size(1), type, CPU);
        return Rotary.Rope(x, angles);
    }

    /// <summary>Largest difference over largest magnitude, over outputs and all gradients; what is denormal in fp32
    /// counts as zero.</summary>
    public static double Difference(
        Func<Tensor[], Tensor[]> one,
        Func<Tensor[], Tensor[]> other,
        params Tensor[] inputs
    )
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Evaluate(one, inputs), Evaluate(other, inputs));
        return a.Zip(b).Max(pair => Relative(pair.First, pair.Second));
    }

    /// <summary>Outputs, then gradients of the inputs.</summary>
    public static Tensor[] Evaluate(Func<Tensor[], Tensor[]> form, params Tensor[] inputs)
    {
        var leaves = inputs.Select(x => x.detach().clone().requires_grad_()).ToArray();
        var outputs = form(leaves);
        using var generator = new Generator(17);
        var loss = outputs
            .Select(y => (y * randn(y.shape, ScalarType.Float64, generator: generator).to(y.dtype)).sum())
            .Aggregate((x, y) => x + y);
        loss.backward();
        return [.. outputs.Select(y => y.detach()), .. leaves.Select(x => x.grad ?? zeros_like(x))];
    }

    public static double Relative(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        var (x, y) = (actual.to(ScalarType.Float64), expected.to(ScalarType.Float64));
        Assert.True(x.isfinite().all().item<bool>(), "not finite");
        return ((x - y).abs().max() / (y.abs().max() + 1e-35)).item<double>();
    }

    /// <summary>Root mean square of the difference over that of the expected values.</summary>
    public static double RelativeRms(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (actual.to(ScalarType.Float64), expected.to(ScalarType.Float64));
        return ((x - y).square().mean().sqrt() / y.square().mean().sqrt()).item<double>();
    }

    public static Tensor Normal(ScalarType type, ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, ScalarType.Float64, generator: generator).to(type);
    }

    /// <summary>Every length around a chunk's ends, for every chunk size.</summary>
    public static TheoryData<ScalarType, int, int> Grid
    {
        get
        {
            var data = new TheoryData<ScalarType, int, int>();
            foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
            foreach (var chunk in new[] { 16, 64, 128 })
            foreach (var time in new[] { 1, chunk - 1, chunk, chunk + 1, 3 * chunk + 5 })
                data.Add(type, chunk, time);
            return data;
        }
    }

    public static double Tolerance(ScalarType type) => type == ScalarType.Float64 ? 1e-10 : 1e-5;

    /// <summary>Document numbers that change at random positions, [batch, time].</summary>
    public static Tensor Documents(int batch, int time, int seed)
    {
        var random = new Random(seed);
        var ids = new long[batch * time];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = i % time == 0 ? random.Next(3) : ids[i - 1] + (random.Next(8) == 0 ? 1 + random.Next(2) : 0);
        return tensor(ids).view(batch, time);
    }
}
