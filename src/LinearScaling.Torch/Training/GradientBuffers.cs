using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Training;

/// <summary>
/// The gradients of a step: a flat accumulator per parameter buffer, fp32 (fp64 for an fp64 model). Where the
/// parameters have the accumulator's type autograd adds straight into it; bf16 gradients are added after each block.
/// Among several ranks they are summed in this type, whatever the model computes in.
/// </summary>
public sealed class GradientBuffers : IDisposable
{
    /// <summary>Rows of a matrix that are formed at a time where the gradient is kept in another type.</summary>
    private const int SliceRows = 16384;

    private readonly ParameterSet parameters;
    private readonly ICollectives ranks;
    private readonly bool shard;
    private readonly ScalarType type;
    private readonly Tensor?[] flats;
    private readonly Dictionary<string, Tensor> views = [];
    private readonly Tensor squares; // of every gradient measured in this step

    /// <param name="ranks">Who adds to the same gradients; null: this process alone.</param>
    /// <param name="shard">Whether a rank needs the sums of its slice alone.</param>
    public GradientBuffers(ParameterSet parameters, ICollectives? ranks = null, bool shard = false)
    {
        (this.parameters, this.ranks, this.shard) = (parameters, ranks ?? new SingleProcess(), shard);
        type = parameters.DType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        flats = new Tensor?[parameters.Buffers.Count];
        squares = zeros([], ScalarType.Float64, parameters.Device).DetachFromDisposeScope();
    }

    /// <summary>The accumulator of a buffer, by its place in <see cref="ParameterSet.Buffers"/>; its block must be
    /// open.</summary>
    public Tensor Flat(int buffer) =>
        flats[buffer] ?? throw new InvalidOperationException($"the gradients of buffer {buffer} are not there");

    /// <summary>The accumulator of one parameter, in its shape; its block must be open.</summary>
    public Tensor this[string name] => views[name];

    /// <summary>Allocates the accumulators of a block (-1: of the shared parameters), filled with zeros, where they are
    /// not there.</summary>
    public void Open(int block)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var index in Indices(block).Where(i => flats[i] is null))
        {
            var buffer = parameters.Buffers[index];
            var flat = zeros([buffer.Flat.size(0)], type, parameters.Device).DetachFromDisposeScope();
            flats[index] = flat;
            var offset = 0L;
            foreach (var spec in buffer.Specs)
            {
                var view = flat.narrow(0, offset, spec.Count).view(spec.Shape).DetachFromDisposeScope();
                views.Add(spec.Name, view);
                if (buffer.Flat.dtype == type)
                    parameters[spec.Name].grad = view;
                offset += spec.Count;
            }
        }
    }

    /// <summary>Frees a block's accumulators.</summary>
    public void Free(int block)
    {
        foreach (var index in Indices(block))
        {
            foreach (var spec in parameters.Buffers[index].Specs)
            {
                parameters[spec.Name].grad = null;
                if (views.Remove(spec.Name, out var view))
                    view.Dispose();
            }
            flats[index]?.Dispose();
            flats[index] = null;
        }
    }

    /// <summary>Adds the bf16 gradients of a block (-1: of the shared parameters) and frees them.</summary>
    public void Collect(int block)
    {
        using var guard = no_grad();
        foreach (
            var spec in Indices(block)
                .Where(i => parameters.Buffers[i].Flat.dtype != type)
                .SelectMany(i => parameters.Buffers[i].Specs)
        )
        {
            using var scope = NewDisposeScope();
            var parameter = parameters[spec.Name];
            if (parameter.grad is { } grad)
            {
                views[spec.Name].add_(grad);
                parameter.grad = null;
            }
        }
    }

    /// <summary>Adds the gradient of W in y = x W'.</summary>
    /// <param name="grad">That of y, [tokens, out].</param>
    /// <param name="input">x, [tokens, in], of the same type.</param>
    public void AddProduct(string name, Tensor grad, Tensor input) => AddProduct(views[name], grad, input);

    /// <summary>target += grad' input; in slices where the types differ, since a slice needs a copy in both
    /// types.</summary>
    internal static void AddProduct(Tensor target, Tensor grad, Tensor input)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        if (target.dtype == input.dtype)
        {
            target.addmm_(grad.t(), input);
            return;
        }
        for (var start = 0L; start < target.size(0); start += SliceRows)
        {
            using var slice = NewDisposeScope();
            var n = Math.Min(SliceRows, target.size(0) - start);
            target.narrow(0, start, n).add_(grad.narrow(1, start, n).t().matmul(input));
        }
    }

    /// <summary>Adds the gradient of a look-up: no dense gradient is made.</summary>
    /// <param name="rows">The rows looked up, int64 [tokens].</param>
    /// <param name="grad">[tokens, width]</param>
    public void AddRows(string name, Tensor rows, Tensor grad)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        views[name].index_add_(0, rows, grad.to(type), 1);
    }

    /// <summary>Sums a block's gradients, complete on this rank, over all ranks; on a GPU they are there after
    /// <see cref="ICollectives.Wait"/>.</summary>
    public void Reduce(int block)
    {
        foreach (var index in Indices(block))
        {
            ranks.ReduceScatter(Flat(index), SliceLength(index), "gradients");
            if (!shard)
                ranks.AllGather(Flat(index), SliceLength(index), "gradients");
        }
    }

    /// <summary>Adds a block's gradients, complete now, to the step's norm: of each buffer this rank's slice.</summary>
    public void Measure(int block)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var index in Indices(block))
        {
            var (start, count) = Slices.Range(Flat(index).numel(), SliceLength(index), ranks.Rank);
            squares.add_(linalg.vector_norm(Flat(index).narrow(0, start, count), 2).to(ScalarType.Float64).square());
        }
    }

    /// <summary>L2 norm of what all ranks measured since <see cref="Zero"/>; on a device it waits for it.</summary>
    public double Norm()
    {
        using var scope = NewDisposeScope();
        return ranks.Size == 1
            ? squares.sqrt().item<double>()
            : Math.Sqrt(ranks.Gather([squares.item<double>()], parameters.Device, "the gradient norm").Sum(v => v[0]));
    }

    /// <summary>Begins a step.</summary>
    public void Zero()
    {
        using var guard = no_grad();
        squares.zero_();
        foreach (var flat in flats)
            flat?.zero_();
    }

    public void Dispose()
    {
        foreach (var block in parameters.Buffers.Select(b => b.Block).Distinct())
            Free(block);
        squares.Dispose();
    }

    private long SliceLength(int index) => Slices.Length(Flat(index).numel(), ranks.Size);

    private IEnumerable<int> Indices(int block) =>
        Enumerable.Range(0, flats.Length).Where(i => parameters.Buffers[i].Block == block);
}
