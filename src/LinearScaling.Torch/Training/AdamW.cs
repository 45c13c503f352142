using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Training;

/// <summary>
/// AdamW (arXiv:1711.05101) over the flat buffers: master weights and both moments in fp32 (fp64 for an fp64 model),
/// one fused call per buffer. Where the model computes in the masters' type they are the parameters themselves.
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly OptimizerConfig config;
    private readonly List<Slot> slots = [];

    private sealed record Slot(ParameterBuffer Buffer, Tensor Master, Tensor ExpAvg, Tensor ExpAvgSq);

    public AdamW(ParameterSet parameters, OptimizerConfig config)
    {
        this.config = config;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var type = parameters.DType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        foreach (var buffer in parameters.Buffers)
        {
            var master = buffer.Flat.dtype == type ? buffer.Flat.alias() : buffer.Flat.to(type);
            slots.Add(
                new Slot(
                    buffer,
                    master.DetachFromDisposeScope(),
                    zeros([master.size(0)], type, parameters.Device).DetachFromDisposeScope(),
                    zeros([master.size(0)], type, parameters.Device).DetachFromDisposeScope()
                )
            );
        }
    }

    /// <summary>Updates all parameters in place.</summary>
    /// <param name="gradients">Their gradients; all blocks open.</param>
    /// <param name="step">The number of this update: 1 for the first.</param>
    /// <param name="divisor">What the gradients are divided by first: their norm over its bound, at least 1.</param>
    public void Step(GradientBuffers gradients, double lr, long step, double divisor = 1)
    {
        for (var i = 0; i < slots.Count; i++)
            Step(i, gradients.Flat(i), lr, step, divisor);
    }

    /// <summary>Updates the parameters of one block (-1: the shared ones).</summary>
    public void Step(int block, GradientBuffers gradients, double lr, long step)
    {
        for (var i = 0; i < slots.Count; i++)
            if (slots[i].Buffer.Block == block)
                Step(i, gradients.Flat(i), lr, step, divisor: 1);
    }

    private void Step(int index, Tensor gradient, double lr, long step, double divisor)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (buffer, master, expAvg, expAvgSq) = slots[index];
        var steps = full([], (double)step, ScalarType.Float32, device: master.device);
        var scale = divisor == 1 ? null : full([], divisor, ScalarType.Float32, device: master.device);
        Dispatcher.FusedAdamW(
            [master],
            [gradient],
            [expAvg],
            [expAvgSq],
            [steps],
            lr,
            config.Beta1,
            config.Beta2,
            WeightDecay(buffer),
            config.Eps,
            scale
        );
        if (buffer.Flat.dtype != master.dtype)
            buffer.Flat.copy_(master);
    }

    private double WeightDecay(ParameterBuffer buffer) =>
        !buffer.Decay ? config.VectorWeightDecay
        : buffer.Embedding ? config.EmbeddingWeightDecay ?? config.WeightDecay
        : config.WeightDecay;

    /// <summary>Master weights by parameter name, views.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Masters() => Views(s => s.Master, "");

    /// <summary>Both moments by parameter name, views: <c>exp_avg.NAME</c>, <c>exp_avg_sq.NAME</c>.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Moments() =>
        Views(s => s.ExpAvg, "exp_avg.").Concat(Views(s => s.ExpAvgSq, "exp_avg_sq."));

    /// <summary>Bytes of masters and moments, as a checkpoint stores them.</summary>
    public long StateBytes => slots.Sum(s => 3 * s.Master.numel() * s.Master.ElementSize);

    /// <summary>Whether every master weight is a finite number.</summary>
    public bool MastersAreFinite()
    {
        using var scope = NewDisposeScope();
        return slots.All(s => s.Master.detach().isfinite().all().item<bool>());
    }

    /// <summary>Copies the masters to the parameters, after the masters were read from a checkpoint.</summary>
    public void CopyMastersToParameters()
    {
        using var guard = no_grad();
        foreach (var slot in slots.Where(s => s.Buffer.Flat.dtype != s.Master.dtype))
            slot.Buffer.Flat.copy_(slot.Master);
    }

    /// <summary>Copies the parameters to the masters, after initialisation.</summary>
    public void CopyParametersToMasters()
    {
        using var guard = no_grad();
        foreach (var slot in slots.Where(s => s.Buffer.Flat.dtype != s.Master.dtype))
            slot.Master.copy_(slot.Buffer.Flat);
    }

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.Master.Dispose();
            slot.ExpAvg.Dispose();
            slot.ExpAvgSq.Dispose();
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> Views(Func<Slot, Tensor> part, string prefix)
    {
        foreach (var slot in slots)
        {
            var offset = 0L;
            foreach (var spec in slot.Buffer.Specs)
            {
                yield return (prefix + spec.Name, part(slot).narrow(0, offset, spec.Count).view(spec.Shape));
                offset += spec.Count;
            }
        }
    }
}
