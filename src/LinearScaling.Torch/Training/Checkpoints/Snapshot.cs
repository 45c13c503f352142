namespace LinearScaling.Torch.Training.Checkpoints;

/// <summary>What a process writes of a checkpoint, as it was at one moment: a copy that training cannot change, or the
/// state itself. Rank 0 writes the weights, and each rank its part of the moments.</summary>
internal sealed class Snapshot : IDisposable
{
    private readonly List<Tensor> owned = [];

    /// <summary>Every rank has to make one.</summary>
    /// <param name="withWeights">Whether this rank writes them.</param>
    /// <param name="copy">False where nothing changes the state before it is written.</param>
    public Snapshot(AdamW optimizer, bool withWeights, bool copy)
    {
        // The copy outlives the step and is freed by the thread that writes it, so its tensors belong to no scope of
        // this thread.
        using (NewDisposeScope())
        {
            var masters = new List<(string, Tensor)>();
            optimizer.ForEachWholeMaster(
                (buffer, flat) =>
                {
                    if (!withWeights)
                        return;
                    var taken = Take(flat, copy);
                    var offset = 0L;
                    foreach (var spec in buffer.Specs)
                    {
                        masters.Add((spec.Name, Own(taken.narrow(0, offset, spec.Count).view(spec.Shape))));
                        offset += spec.Count;
                    }
                }
            );
            Masters = masters;
            Pieces =
            [
                .. optimizer
                    .Own()
                    .Select(p => p with { ExpAvg = Take(p.ExpAvg, copy), ExpAvgSq = Take(p.ExpAvgSq, copy) }),
            ];
            RandomState = withWeights ? Own(get_rng_state()) : null;
        }
    }

    /// <summary>All master weights by name, where this rank writes them.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Masters { get; }

    /// <summary>This rank's moments.</summary>
    public IReadOnlyList<OptimizerPiece> Pieces { get; }

    public Tensor? RandomState { get; }

    public void Dispose() => owned.ForEach(t => t.Dispose());

    private Tensor Take(Tensor view, bool copy) => Own(copy ? view.detach().cpu().clone() : view.alias());

    private Tensor Own(Tensor tensor)
    {
        owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
