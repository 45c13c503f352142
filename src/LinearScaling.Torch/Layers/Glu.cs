using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Layers;

/// <summary>What a GLU applies to its gate.</summary>
public enum Activation
{
    /// <summary>Nothing: SGLU (arXiv 2307.14995).</summary>
    None,

    /// <summary>x sigmoid(x): SwiGLU (arXiv 2002.05202).</summary>
    Silu,
}

/// <summary>The channel mixer: (act(x W_gate) * (x W_up)) W_down.</summary>
/// <param name="Name">What its tensors are called: <c>blocks.3.glu</c>.</param>
/// <param name="Size">Width of the gate, g.</param>
internal sealed record Glu(string Name, int HiddenSize, int Size, Activation Activation, double Std, double ResidualStd)
{
    private string Gate => Name + ".gate.weight";

    private string Up => Name + ".up.weight";

    /// <summary>Name of the last matrix, [hidden, size].</summary>
    public string Down => Name + ".down.weight";

    public IEnumerable<ParameterSpec> Parameters() =>
        [
            new(Gate, [Size, HiddenSize], new Initialization.TruncatedNormal(Std)),
            new(Up, [Size, HiddenSize], new Initialization.TruncatedNormal(Std)),
            new(Down, [HiddenSize, Size], new Initialization.TruncatedNormal(ResidualStd)),
        ];

    /// <summary>What the last matrix is multiplied with: act(x W_gate) * (x W_up), [batch, time, size].</summary>
    /// <param name="x">[batch, time, hidden]</param>
    public Tensor Gated(ParameterSet parameters, Tensor x)
    {
        using var scope = NewDisposeScope();
        var gate = Products.Linear(x, parameters[Gate]);
        var up = Products.Linear(x, parameters[Up]);
        return (Activation == Activation.Silu ? Gates.Silu(gate, up) : gate * up).MoveToOuterDisposeScope();
    }
}
