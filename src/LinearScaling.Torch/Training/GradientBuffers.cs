using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Training;

/// <summary>
/// The gradients of a step: one flat accumulator per parameter buffer, fp32 (fp64 for an fp64 model). Where the
/// parameters have the accumulator's type autograd adds straight into it; bf16 gradients are added after each block.
/// </summary>
public sealed class GradientBuffers : IDisposable
{
    private readonly Dictionary<string, Tensor> views = [];
    private readonly ILookup<int, ParameterSpec> cast; // by block: the parameters whose own gradients must be added
    private readonly ParameterSet parameters;

    public GradientBuffers(ParameterSet parameters)
    {
        this.parameters = parameters;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var type = parameters.DType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var flats = new List<Tensor>();
        foreach (var buffer in parameters.Buffers)
        {
            var flat = zeros([buffer.Flat.size(0)], type, parameters.Device).DetachFromDisposeScope();
            flats.Add(flat);
            var offset = 0L;
            foreach (var spec in buffer.Specs)
            {
                views.Add(spec.Name, flat.narrow(0, offset, spec.Count).view(spec.Shape).DetachFromDisposeScope());
                offset += spec.Count;
            }
        }
        Flats = flats;
        cast = parameters.Specs.Where(s => parameters[s.Name].dtype != type).ToLookup(s => s.Block);
        foreach (var spec in parameters.Specs.Where(s => parameters[s.Name].dtype == type))
            parameters[spec.Name].grad = views[spec.Name];
    }

    /// <summary>The accumulators, in the order of <see cref="ParameterSet.Buffers"/>.</summary>
    public IReadOnlyList<Tensor> Flats { get; }

    /// <summary>The accumulator of one parameter, in its shape.</summary>
    public Tensor this[string name] => views[name];

    /// <summary>Adds what the backward pass of a block (-1: of the shared parameters) left in bf16, and frees it.</summary>
    public void Collect(int block)
    {
        using var guard = no_grad();
        foreach (var spec in cast[block])
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

    public void Zero()
    {
        using var guard = no_grad();
        foreach (var flat in Flats)
            flat.zero_();
    }

    /// <summary>L2 norm of the whole gradient.</summary>
    public double Norm()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return stack([.. Flats.Select(f => linalg.vector_norm(f, 2).to(ScalarType.Float64))]).square().sum().sqrt().item<double>();
    }

    public void Scale(double factor)
    {
        using var guard = no_grad();
        foreach (var flat in Flats)
            flat.mul_(factor);
    }

    public void Dispose()
    {
        foreach (var spec in parameters.Specs)
            parameters[spec.Name].grad = null;
        foreach (var view in views.Values)
            view.Dispose();
        foreach (var flat in Flats)
            flat.Dispose();
    }
}
