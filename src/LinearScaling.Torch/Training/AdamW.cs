using LinearScaling.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Native;

namespace LinearScaling.Torch.Training;

/// <summary>
/// AdamW (arXiv:1711.05101) over the flat buffers: master weights and both moments in fp32 (fp64 for an fp64 model),
/// one fused call per buffer. Where the model computes in the masters' type they are the parameters themselves. Among
/// several ranks each may hold, and update, its slice alone (ZeRO-1, arXiv:1910.02054, section 5.1).
/// </summary>
public sealed class AdamW : IDisposable
{
    private readonly OptimizerConfig config;
    private readonly ICollectives ranks;
    private readonly bool shard;
    private readonly List<Slot> slots = [];

    /// <summary>The state of one buffer from the element <see cref="Start"/> on.</summary>
    private sealed record Slot(ParameterBuffer Buffer, long Start, Tensor Master, Tensor ExpAvg, Tensor ExpAvgSq)
    {
        /// <summary>The parameters that the state is of.</summary>
        public Tensor Parameters => Buffer.Flat.narrow(0, Start, Master.numel());
    }

    /// <param name="ranks">Who trains the same parameters; null: this process alone.</param>
    /// <param name="shard">Whether each rank holds its slice of the state; else each holds all of it.</param>
    public AdamW(ParameterSet parameters, OptimizerConfig config, ICollectives? ranks = null, bool shard = false)
    {
        (this.config, this.ranks, this.shard) = (config, ranks ?? new SingleProcess(), shard);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var type = parameters.DType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        foreach (var buffer in parameters.Buffers)
        {
            var (start, count) = shard ? Slice(buffer) : (0, buffer.Flat.numel());
            var flat = buffer.Flat.narrow(0, start, count);
            slots.Add(
                new Slot(
                    buffer,
                    start,
                    (flat.dtype == type ? flat.alias() : flat.to(type)).DetachFromDisposeScope(),
                    zeros([count], type, parameters.Device).DetachFromDisposeScope(),
                    zeros([count], type, parameters.Device).DetachFromDisposeScope()
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
        ranks.Wait();
    }

    /// <summary>Updates the parameters of one block (-1: the shared ones).</summary>
    public void Step(int block, GradientBuffers gradients, double lr, long step)
    {
        for (var i = 0; i < slots.Count; i++)
            if (slots[i].Buffer.Block == block)
                Step(i, gradients.Flat(i), lr, step, divisor: 1);
        ranks.Wait();
    }

    private void Step(int index, Tensor gradient, double lr, long step, double divisor)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var slot = slots[index];
        var (buffer, start, master, expAvg, expAvgSq) = slot;
        var steps = full([], (double)step, ScalarType.Float32, device: master.device);
        var scale = divisor == 1 ? null : full([], divisor, ScalarType.Float32, device: master.device);
        if (master.numel() > 0)
            Dispatcher.FusedAdamW(
                [master],
                [gradient.narrow(0, start, master.numel())],
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
        CopyToParameters(slot);
    }

    private double WeightDecay(ParameterBuffer buffer) =>
        !buffer.Decay ? config.VectorWeightDecay
        : buffer.Embedding ? config.EmbeddingWeightDecay ?? config.WeightDecay
        : config.WeightDecay;

    /// <summary>The state that this rank holds, parameter by parameter.</summary>
    public IEnumerable<OptimizerPiece> Held() => slots.SelectMany(s => Pieces(s, s.Start, s.Master.numel()));

    /// <summary>The state that this rank writes to a checkpoint; the ranks' pieces together are all of it.</summary>
    public IEnumerable<OptimizerPiece> Own() =>
        slots.SelectMany(s =>
        {
            var (start, count) = Slice(s.Buffer);
            return Pieces(s, start, count);
        });

    /// <summary>Gives the master weights of one buffer after the other, whole; every rank has to call.</summary>
    public void ForEachWholeMaster(Action<ParameterBuffer, Tensor> take)
    {
        using var guard = no_grad();
        foreach (var slot in slots)
        {
            using var scope = NewDisposeScope();
            if (!shard || slot.Buffer.Flat.dtype == slot.Master.dtype)
            {
                take(slot.Buffer, shard ? slot.Buffer.Flat : slot.Master);
                continue;
            }
            var whole = empty([slot.Buffer.Flat.numel()], slot.Master.dtype, slot.Master.device);
            whole.narrow(0, slot.Start, slot.Master.numel()).copy_(slot.Master);
            ranks.AllGather(whole, SliceLength(slot.Buffer), "master weights");
            ranks.Wait();
            take(slot.Buffer, whole);
        }
    }

    /// <summary>Bytes of masters and moments, as a checkpoint stores them.</summary>
    public long StateBytes => slots.Sum(s => 3 * s.Buffer.Flat.numel() * s.Master.ElementSize);

    /// <summary>Whether every master weight is a finite number; every rank has to call.</summary>
    public bool MastersAreFinite()
    {
        using var scope = NewDisposeScope();
        var finite = slots.All(s => s.Master.detach().isfinite().all().item<bool>());
        return !ranks.Any(!finite, slots[0].Master.device, "the state of the weights");
    }

    /// <summary>Copies the masters to the parameters, after the masters were read from a checkpoint; every rank has to
    /// call.</summary>
    public void CopyMastersToParameters()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        slots.ForEach(CopyToParameters);
        ranks.Wait();
    }

    /// <summary>Copies the parameters to the masters, after initialisation; rank 0's are everyone's.</summary>
    public void CopyParametersToMasters()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var slot in slots)
            ranks.Broadcast(slot.Buffer.Flat, "first weights");
        ranks.Wait();
        foreach (var slot in slots.Where(s => s.Buffer.Flat.dtype != s.Master.dtype))
            slot.Master.copy_(slot.Parameters);
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

    private long SliceLength(ParameterBuffer buffer) => Slices.Length(buffer.Flat.numel(), ranks.Size);

    private (long Start, long Count) Slice(ParameterBuffer buffer) =>
        Slices.Range(buffer.Flat.numel(), SliceLength(buffer), ranks.Rank);

    /// <summary>The masters' values to the parameters, everywhere.</summary>
    private void CopyToParameters(Slot slot)
    {
        if (slot.Buffer.Flat.dtype != slot.Master.dtype && slot.Master.numel() > 0)
            slot.Parameters.copy_(slot.Master);
        if (shard)
            ranks.AllGather(slot.Buffer.Flat, SliceLength(slot.Buffer), "parameters");
    }

    /// <summary>A part of a buffer's state, cut at the borders of the parameters.</summary>
    private static IEnumerable<OptimizerPiece> Pieces(Slot slot, long start, long count)
    {
        var offset = 0L;
        foreach (var spec in slot.Buffer.Specs)
        {
            var (from, to) = (Math.Max(offset, start), Math.Min(offset + spec.Count, start + count));
            if (from < to)
                yield return new(
                    spec,
                    from - offset,
                    slot.Master.narrow(0, from - slot.Start, to - from),
                    slot.ExpAvg.narrow(0, from - slot.Start, to - from),
                    slot.ExpAvgSq.narrow(0, from - slot.Start, to - from)
                );
            offset += spec.Count;
        }
    }
}

/// <summary>A stretch of one parameter's state: views of one dimension.</summary>
/// <param name="Start">Its first element within the parameter.</param>
/// <param name="ExpAvg">The first moment; <paramref name="ExpAvgSq"/> is the second.</param>
public sealed record OptimizerPiece(ParameterSpec Spec, long Start, Tensor Master, Tensor ExpAvg, Tensor ExpAvgSq)
{
    /// <summary>Elements of it.</summary>
    public long Count => ExpAvg.numel();
}
