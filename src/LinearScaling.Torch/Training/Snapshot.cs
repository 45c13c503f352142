namespace LinearScaling.Torch.Training;

/// <summary>The optimizer's state at one moment: a copy that training cannot change, or the state itself.</summary>
internal sealed class Snapshot : IDisposable
{
    /// <param name="copy">False where nothing changes the state before it is written.</param>
    public Snapshot(AdamW optimizer, bool copy = true)
    {
        // The copy outlives the step and is freed by the thread that writes it, so its tensors belong to no scope of
        // this thread.
        using (NewDisposeScope())
        {
            Masters = [.. optimizer.Masters().Select(t => (t.Name, Take(t.Tensor, copy)))];
            Moments = [.. optimizer.Moments().Select(t => (t.Name, Take(t.Tensor, copy)))];
            RandomState = get_rng_state().DetachFromDisposeScope();
        }
    }

    public IReadOnlyList<(string Name, Tensor Tensor)> Masters { get; }

    public IReadOnlyList<(string Name, Tensor Tensor)> Moments { get; }

    public Tensor RandomState { get; }

    public void Dispose()
    {
        foreach (var (_, tensor) in Masters.Concat(Moments))
            tensor.Dispose();
        RandomState.Dispose();
    }

    private static Tensor Take(Tensor view, bool copy) =>
        (copy ? view.detach().cpu().clone() : view.alias()).DetachFromDisposeScope();
}
