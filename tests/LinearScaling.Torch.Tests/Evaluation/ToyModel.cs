using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Tests.Torch.Evaluation;

/// <summary>The smallest recurrent language model: h(t) = 0.8 h(t-1) + e(token t), logits = E tanh(h).</summary>
internal sealed record ToyConfig(int Vocab = 11) : ModelConfig(4, 1, 1, Vocab)
{
    public override IReadOnlyList<ParameterSpec> Parameters() => [new("embed.weight", [Vocab, 4], new Initialization.TruncatedNormal(1), Embedding: true)];

    public override LanguageModel Build(ScalarType dtype, Device device) => new ToyModel(this, dtype, device);
}

internal sealed class ToyModel(ToyConfig config, ScalarType dtype, Device device) : LanguageModel(config, dtype, device)
{
    public override Tensor Embed(Tensor ids) => Parameters["embed.weight"].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], 4);

    public override Tensor Block(int layer, Tensor x) => Run(x, null).States;

    public override Tensor Norm(Tensor x) => x.tanh();

    public override DecodingState NewState(int batch) => new ToyState(zeros(batch, 4));

    public override Tensor Extend(Tensor ids, DecodingState state)
    {
        using var scope = NewDisposeScope();
        var toy = (ToyState)state;
        var (states, last) = Run(Embed(ids), toy.Hidden);
        toy.Advance(last.clone(), ids.shape[1]);
        return Norm(states).MoveToOuterDisposeScope();
    }

    private static (Tensor States, Tensor Last) Run(Tensor x, Tensor? start)
    {
        using var scope = NewDisposeScope();
        var h = start ?? zeros(x.shape[0], x.shape[2]);
        var states = new List<Tensor>();
        for (var t = 0; t < x.shape[1]; t++)
            states.Add(h = h * 0.8 + x.select(1, t));
        return scope.MoveToOuter(stack(states, 1), h.clone());
    }
}

internal sealed class ToyState : DecodingState
{
    public ToyState(Tensor hidden, long position = 0) => (Hidden, Position) = (hidden.DetachFromDisposeScope(), position);

    public Tensor Hidden { get; private set; }

    public override long Bytes => Hidden.numel() * Hidden.ElementSize;

    public void Advance(Tensor hidden, long tokens)
    {
        Hidden.Dispose();
        Hidden = hidden.DetachFromDisposeScope();
        Position += tokens;
    }

    public override DecodingState Repeat(int times) => new ToyState(Hidden.repeat_interleave(times, 0), Position);

    public override void Dispose() => Hidden.Dispose();
}
