using System.IO.Hashing;
using System.Text;

namespace LinearScaling.Torch.Layers;

/// <summary>One flat buffer: the parameters of one block (or those that blocks share) with the same weight
/// decay.</summary>
/// <param name="Block">The block, or -1 for the shared ones.</param>
/// <param name="Decay">Whether weight decay applies; buffers without decay are fp32.</param>
/// <param name="Embedding">Whether it holds embedding and head, which may have a weight decay of their own.</param>
/// <param name="Flat">All elements, one dimension, in the order of <paramref name="Specs"/>.</param>
public sealed record ParameterBuffer(
    int Block,
    bool Decay,
    bool Embedding,
    Tensor Flat,
    IReadOnlyList<ParameterSpec> Specs
);

/// <summary>
/// A model's parameters: leaves that are views of a few flat buffers, so that the optimizer, the gradient norm and a
/// collective each make one call per buffer.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Tensor> byName = [];

    /// <param name="specs">Every parameter once, in checkpoint order.</param>
    /// <param name="dtype">Element type of the matrices (fp32, bf16, or fp64 in tests); what does not decay is fp32, or
    /// fp64 with fp64 matrices.</param>
    /// <param name="device">Where the buffers live; <see cref="META"/> allocates nothing.</param>
    public ParameterSet(IReadOnlyList<ParameterSpec> specs, ScalarType dtype, Device device)
    {
        Specs = specs;
        DType = dtype;
        Device = device;
        using var scope = NewDisposeScope();
        Buffers =
        [
            .. specs
                .GroupBy(s => (s.Block, s.Decay, s.Embedding))
                .OrderBy(g => g.Key.Block)
                .ThenByDescending(g => g.Key.Decay)
                .ThenByDescending(g => g.Key.Embedding)
                .Select(g => new ParameterBuffer(
                    g.Key.Block,
                    g.Key.Decay,
                    g.Key.Embedding,
                    zeros(
                            [g.Sum(s => s.Count)],
                            g.Key.Decay || dtype == ScalarType.Float64 ? dtype : ScalarType.Float32,
                            device
                        )
                        .DetachFromDisposeScope(),
                    [.. g]
                )),
        ];
        foreach (var buffer in Buffers)
        {
            var offset = 0L;
            foreach (var spec in buffer.Specs)
            {
                // A detached view that requires grad is a leaf; TorchSharp's Parameter would take its handle away and
                // miscount it.
                var leaf = buffer.Flat.narrow(0, offset, spec.Count).view(spec.Shape).detach();
                leaf.requires_grad = true;
                byName.Add(spec.Name, leaf.DetachFromDisposeScope());
                offset += spec.Count;
            }
        }
    }

    /// <summary>Every parameter, in checkpoint order.</summary>
    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>The flat buffers that the parameters are views of.</summary>
    public IReadOnlyList<ParameterBuffer> Buffers { get; }

    /// <summary>Element type of the matrices.</summary>
    public ScalarType DType { get; }

    /// <summary>The device they are on.</summary>
    public Device Device { get; }

    /// <summary>The leaf of that name; it requires grad.</summary>
    public Tensor this[string name] => byName[name];

    /// <summary>Whether there is a parameter of that name.</summary>
    public bool Contains(string name) => byName.ContainsKey(name);

    /// <summary>Names of the parameters that hold NaN or infinity.</summary>
    public IReadOnlyList<string> NotFinite()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return [.. Specs.Select(s => s.Name).Where(name => !byName[name].isfinite().all().item<bool>())];
    }

    /// <summary>Fills every parameter from its own random stream, so that the start depends on (seed, name) and on
    /// nothing else: not on order, device or element type.</summary>
    public void Initialize(ulong seed)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var spec in Specs)
        {
            using var inner = NewDisposeScope();
            byName[spec.Name]
                .copy_(
                    spec.Start switch
                    {
                        Initialization.Constant c => full(spec.Shape, c.Value, ScalarType.Float32),
                        Initialization.Values v => tensor(v.Make()).view(spec.Shape),
                        Initialization.TruncatedNormal n => TruncatedNormal(
                            spec.Shape,
                            n.Std,
                            seed ^ XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(spec.Name))
                        ),
                        _ => throw new System.Diagnostics.UnreachableException(),
                    }
                );
        }
    }

    public void Dispose()
    {
        foreach (var parameter in byName.Values)
            parameter.Dispose();
        foreach (var buffer in Buffers)
            buffer.Flat.Dispose();
    }

    /// <summary>By inversion: u uniform between the two tail probabilities, then the normal's quantile.</summary>
    private static Tensor TruncatedNormal(long[] shape, double std, ulong seed)
    {
        const double tail = 0.0013498980316300933; // P(z < -3)
        using var generator = new Generator(seed);
        var u = rand(shape, ScalarType.Float32, generator: generator).mul_(1 - 2 * tail).add_(tail);
        return u.mul_(2).sub_(1).erfinv_().mul_(Math.Sqrt(2) * std).clamp_(-3 * std, 3 * std);
    }
}
