using LinearScaling.Sequences;

namespace LinearScaling.Torch.Training;

/// <summary>One group's sequences out of those of all groups: of every step an equal part, side by side.</summary>
/// <param name="all">The run's sequences.</param>
/// <param name="perStep">Sequences of a step, a multiple of the groups.</param>
public sealed class GroupSequences(ISequenceSource all, long perStep, int groups, int group) : ISequenceSource
{
    private readonly long own = perStep / groups;

    public int SeqLen => all.SeqLen;

    public void Read(long index, Span<int> tokens) => all.Read(Place(index), tokens);

    public string Describe(long index) => all.Describe(Place(index));

    public void Dispose() => all.Dispose();

    private long Place(long index) => index / own * perStep + group * own + index % own;
}
