using LinearScaling.Runs;
using LinearScaling.Torch.Layers;
using LinearScaling.Torch.Ops;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Architectures;

/// <summary>
/// Embedding, blocks, final norm, head. Training walks these parts itself, half a block at a time (Training/);
/// evaluation and decoding call <see cref="Logits"/> and <see cref="Extend"/>.
/// </summary>
/// <remarks>Activations are [batch, time, hidden]. Every method returns tensors of the caller's dispose scope and
/// leaves none behind.</remarks>
public abstract class LanguageModel(ModelConfig config, ScalarType dtype, Device device) : IDisposable
{
    private readonly Dictionary<int, Tensor> constants = [];

    /// <summary>The architecture and its sizes.</summary>
    public ModelConfig Config { get; } = config;

    /// <summary>Which tokens of their sequences the training form is given, where other processes have the others;
    /// null: whole sequences.</summary>
    public Stretch? Stretch { get; set; }

    /// <summary>Every weight, by its name in checkpoints.</summary>
    public ParameterSet Parameters { get; } = new(config.Parameters(), dtype, device);

    /// <summary>Name of the matrix that turns the final hidden states into logits: the embedding when tied.</summary>
    public string HeadName => Parameters.Contains("head.weight") ? "head.weight" : "embed.weight";

    /// <summary>The head matrix, [vocab, hidden].</summary>
    public Tensor HeadWeight => Parameters[HeadName];

    /// <summary>The model of a checkpoint, checked against its seal, in the element type asked for.</summary>
    /// <exception cref="LinearScalingException">A file is missing or damaged, or a tensor does not fit the
    /// configuration; it is named.</exception>
    public static LanguageModel Load(CheckpointDirectory checkpoint, ScalarType dtype, Device device)
    {
        checkpoint.VerifyModel();
        var model = checkpoint.ReadConfig<ModelCard>().Model.Build(dtype, device);
        try
        {
            using var guard = no_grad();
            using var weights = Safetensors.Open(checkpoint.ModelFile);
            foreach (var spec in model.Parameters.Specs)
                weights.ReadInto(spec.Name, model.Parameters[spec.Name]);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <param name="ids">Token ids, int64 [batch, time].</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing; nothing passes
    /// from one document to the next. Null: one document.</param>
    /// <returns>The residual stream that enters block 0, [batch, time, hidden].</returns>
    public Tensor Embed(Tensor ids, Tensor? segments = null) => Embed(ids, segments, null);

    /// <summary>The embedding's rows of <paramref name="ids"/>, [batch, time, hidden];
    /// <see cref="Enter(Tensor, Tensor?)"/> of them is <see cref="Embed(Tensor, Tensor?)"/>.</summary>
    public Tensor LookUp(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return Parameters["embed.weight"]
            .index_select(0, ids.flatten())
            .view(ids.size(0), ids.size(1), Config.HiddenSize)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Embedding rows to the residual stream that enters block 0: scale and positional encoding, where there
    /// are any.</summary>
    /// <param name="rows">[batch, time, hidden]</param>
    /// <param name="segments">As in <see cref="Embed(Tensor, Tensor?)"/>.</param>
    public Tensor Enter(Tensor rows, Tensor? segments = null) => Enter(rows, segments, null);

    /// <summary>Block <paramref name="layer"/> in its training form (chunked, or softmax attention): residual stream
    /// in, residual stream out.</summary>
    /// <param name="segments">As in <see cref="Embed(Tensor, Tensor?)"/>.</param>
    public Tensor Block(int layer, Tensor x, Tensor? segments = null) => Block(layer, x, segments, null);

    /// <summary>The first half of a block: the residual stream with the token mixer's output added.</summary>
    /// <param name="segments">As in <see cref="Embed(Tensor, Tensor?)"/>.</param>
    public Tensor MixTokens(int layer, Tensor x, Tensor? segments = null) => MixTokens(layer, x, segments, null);

    /// <summary>The second half but for its last product: the gated channels of what
    /// <see cref="MixTokens(int, Tensor, Tensor?)"/> returned, [batch, time, glu].</summary>
    public Tensor GateChannels(int layer, Tensor mixed)
    {
        using var scope = NewDisposeScope();
        return Config
            .Glu(layer)
            .Gated(Parameters, Config.GluNorm(layer).Apply(Parameters, mixed))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The last product: the residual stream with the gated channels, brought back to its width,
    /// added.</summary>
    public Tensor AddChannels(int layer, Tensor mixed, Tensor gated)
    {
        using var scope = NewDisposeScope();
        return (mixed + Products.Linear(gated, Parameters[DownName(layer)])).MoveToOuterDisposeScope();
    }

    /// <summary>Name of the matrix of <see cref="AddChannels"/>.</summary>
    public string DownName(int layer) => Config.Glu(layer).Down;

    /// <summary>The final norm.</summary>
    public Tensor Norm(Tensor x) => Config.FinalNorm().Apply(Parameters, x);

    /// <summary>A fresh decoding state: position 0, empty recurrent states or KV caches for <paramref name="batch"/>
    /// sequences.</summary>
    public abstract DecodingState NewState(int batch);

    /// <summary>Runs <paramref name="ids"/> after what <paramref name="state"/> has seen and advances it: chunked for a
    /// prompt, recurrent for single tokens.</summary>
    /// <returns>Final hidden states (after the final norm), [batch, time, hidden], without a graph.</returns>
    public Tensor Extend(Tensor ids, DecodingState state)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var x = Embed(ids, null, state);
        for (var layer = 0; layer < Config.NumLayers; layer++)
            x = Block(layer, x, null, state);
        state.Advance(ids.size(1));
        return Norm(x).MoveToOuterDisposeScope();
    }

    /// <summary>Logits of every position, fp32 [batch, time, vocab]. For short sequences and tests; losses go through
    /// the chunked cross-entropy.</summary>
    public Tensor Logits(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var x = Embed(ids);
        for (var layer = 0; layer < Config.NumLayers; layer++)
            x = Block(layer, x);
        return Head(Norm(x)).MoveToOuterDisposeScope();
    }

    /// <summary>Final hidden states to fp32 logits.</summary>
    public Tensor Head(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var logits = Products.Linear(hidden.to(HeadWeight.dtype), HeadWeight);
        return (logits.dtype == ScalarType.Float64 ? logits : logits.to(ScalarType.Float32))
            .alias()
            .MoveToOuterDisposeScope();
    }

    /// <summary>The token mixer of a block, on the normalised residual stream.</summary>
    /// <param name="state">Null in training; else where earlier tokens are read and these are added.</param>
    protected abstract Tensor Mix(int layer, Tensor x, Tensor? segments, DecodingState? state);

    protected virtual Tensor Enter(Tensor rows, Tensor? segments, DecodingState? state) =>
        Config.EmbedScale == EmbedScale.SqrtD ? rows * Math.Sqrt(Config.HiddenSize) : rows.alias();

    /// <summary>[batch, time, out] = x W' with the mixer's matrix of that name.</summary>
    protected Tensor Project(int layer, string name, Tensor x) =>
        Products.Linear(x, Parameters[$"blocks.{layer}.mixer.{name}.weight"]);

    /// <summary>A layer's constants on the device, copied there once: each copy would make the host wait for the
    /// device.</summary>
    protected Tensor Constants(int layer, Func<double[]> make, ScalarType type)
    {
        if (!constants.TryGetValue(layer, out var found))
            constants.Add(layer, found = tensor(make(), type, Parameters.Device).DetachFromDisposeScope());
        return found;
    }

    private Tensor Embed(Tensor ids, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        return Enter(LookUp(ids), segments, state).MoveToOuterDisposeScope();
    }

    private Tensor Block(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        var mixed = MixTokens(layer, x, segments, state);
        return AddChannels(layer, mixed, GateChannels(layer, mixed)).MoveToOuterDisposeScope();
    }

    private Tensor MixTokens(int layer, Tensor x, Tensor? segments, DecodingState? state)
    {
        using var scope = NewDisposeScope();
        return (
            x + Mix(layer, Config.MixerNorm(layer).Apply(Parameters, x), segments, state)
        ).MoveToOuterDisposeScope();
    }

    public virtual void Dispose()
    {
        Parameters.Dispose();
        foreach (var tensor in constants.Values)
            tensor.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What a model remembers between calls of <see cref="LanguageModel.Extend"/>: the position and, per layer,
/// the recurrent state (fp32) or KV cache.</summary>
public abstract class DecodingState : IDisposable
{
    /// <summary>Tokens seen so far.</summary>
    public long Position { get; private set; }

    internal void Advance(long tokens) => Position += tokens;

    /// <summary>An independent copy of the sequences at these indices, which may repeat: one context serves several
    /// continuations.</summary>
    /// <param name="room">Tokens that will follow, for which a cache reserves room.</param>
    public abstract DecodingState Select(long[] sequences, long room = 0);

    /// <summary>Bytes held by the state's tensors.</summary>
    public abstract long Bytes { get; }

    public abstract void Dispose();
}
