using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Layers;

/// <summary>What a linear model's token mixer multiplies its normalised output with.</summary>
public enum OutputGateKind
{
    /// <summary>sigmoid((x W_down) W_up) of rank r (arXiv 2406.16690, appendix A.1.2).</summary>
    LowrankSigmoid,

    /// <summary>x W, without an activation: TransNormerLLM's first two releases (arXiv 2307.14995).</summary>
    FullLinear,
}

/// <summary>The output gate of a token mixer.</summary>
/// <param name="Name">The mixer's name: <c>blocks.3.mixer</c>.</param>
public sealed record OutputGate(string Name, OutputGateKind Kind, int HiddenSize, int Rank, double Std)
{
    private string Down => Name + ".gate_down.weight";

    private string Up => Name + ".gate_up.weight";

    private string Full => Name + ".gate.weight";

    public IEnumerable<ParameterSpec> Parameters() =>
        Kind == OutputGateKind.FullLinear
            ? [new(Full, [HiddenSize, HiddenSize], new Initialization.TruncatedNormal(Std))]
            :
            [
                new(Down, [Rank, HiddenSize], new Initialization.TruncatedNormal(Std)),
                new(Up, [HiddenSize, Rank], new Initialization.TruncatedNormal(Std)),
            ];

    /// <summary>The gated output, [batch, time, hidden].</summary>
    /// <param name="x">The mixer's input, [batch, time, hidden].</param>
    /// <param name="y">Its normalised output, of the same shape.</param>
    public Tensor Apply(ParameterSet parameters, Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        return (
            Kind == OutputGateKind.FullLinear
                ? y * Products.Linear(x, parameters[Full])
                : Gates.Sigmoid(Products.Linear(Products.Linear(x, parameters[Down]), parameters[Up]), y)
        ).MoveToOuterDisposeScope();
    }
}
