using System.Text.Json.Nodes;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Torch.Interop;

/// <summary>How another code base names and arranges the tensors of an architecture, and what its config.json says
/// about it.</summary>
internal abstract class CheckpointLayout
{
    public static IReadOnlyList<CheckpointLayout> All { get; } =
    [new HfLlama(), new FlaHgrn2(fusedMlp: false), new FlaHgrn2(fusedMlp: true), new HfTnl(), new Hgru2()];

    /// <summary>As in <c>--format</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether lcs writes it; some are only read.</summary>
    public virtual bool CanExport => true;

    /// <param name="tensors">The names in the checkpoint.</param>
    public abstract bool Recognises(ForeignConfig config, IReadOnlySet<string> tensors);

    /// <exception cref="LinearScalingException">The configuration asks for something lcs does not compute; the key is
    /// named.</exception>
    public abstract ModelConfig ReadConfig(ForeignConfig config, IReadOnlySet<string> tensors);

    public abstract IEnumerable<ForeignTensor> Tensors(ModelConfig config);

    /// <summary>Whether a tensor only repeats what is known: constants that old versions saved.</summary>
    public virtual bool IsRedundant(string tensor) => false;

    /// <summary>What this layout cannot say about a model, as "key: value (why)".</summary>
    public abstract IEnumerable<string> Inexpressible(ModelConfig config);

    public abstract JsonObject WriteConfig(ModelConfig config, int seqLen);

    /// <summary>The layouts of that name, or an error that lists those that can be written.</summary>
    public static CheckpointLayout ForExport(string name) =>
        All.FirstOrDefault(l => l.CanExport && l.Name == name)
        ?? throw InteropMistakes.UnknownFormat(name, All.Where(l => l.CanExport).Select(l => l.Name));

    /// <summary>The model of our own that a norm's gain belongs to: none where the norm has no parameters.</summary>
    protected static IEnumerable<ForeignTensor> Gain(ModelConfig config, string theirs, string ours) =>
        config.Norm == NormKind.Srms ? [] : [new ForeignTensor(theirs, ours)];

    protected static IEnumerable<ForeignTensor> Head(ModelConfig config) =>
        config.TieEmbeddings ? [] : [new ForeignTensor(HeadName, "head.weight")];

    internal const string HeadName = "lm_head.weight";
}
