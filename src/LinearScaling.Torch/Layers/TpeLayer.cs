using LinearScaling.Torch.Ops;

namespace LinearScaling.Torch.Layers;

/// <summary>The positional encoding after the embedding, which arXiv 2406.16690 names but does not define.</summary>
public enum TpeKind
{
    /// <summary>A sum of exponentials per channel: <see cref="ExponentialSum"/>, whose d e parameters and FLOPs are
    /// those that the study prints.</summary>
    Expsum,

    /// <summary>One learned exponential per head, times the product of a learned query and key, then RMSNorm and a
    /// projection: <see cref="HeadAverage"/>, as in xmixers, which has it without the residual.</summary>
    Ema,

    /// <summary>No positional encoding.</summary>
    None,
}

/// <summary>Toeplitz positional encoding with its parameters.</summary>
/// <param name="Expansion">Exponentials per channel of <see cref="TpeKind.Expsum"/>.</param>
/// <param name="Residual">Whether it is added to what enters, or replaces it.</param>
/// <param name="Std">Standard deviation of matrices at the start.</param>
/// <param name="NormEps">Added to the mean square inside the norm's root.</param>
public sealed record TpeLayer(
    TpeKind Kind,
    int HiddenSize,
    int NumHeads,
    int Expansion,
    bool Residual,
    double Std,
    double NormEps
)
{
    /// <summary>Rows of a chunk of <see cref="TpeKind.Expsum"/>; larger ones only enlarge its Toeplitz
    /// matrices.</summary>
    private const int Chunk = 64;

    private readonly NormLayer norm = new("tpe.norm", NormKind.Rms, NormEps, HiddenSize);

    public IEnumerable<ParameterSpec> Parameters() =>
        Kind switch
        {
            TpeKind.Expsum =>
            [
                new(
                    "tpe.weight",
                    [HiddenSize, Expansion],
                    Residual
                        ? new Initialization.TruncatedNormal(Std / Math.Sqrt(Expansion))
                        : new Initialization.Constant(1.0 / Expansion),
                    Decay: false
                ),
            ],
            TpeKind.Ema =>
            [
                new("tpe.q", [HiddenSize], new Initialization.Constant(1), Decay: false),
                new("tpe.k", [HiddenSize], new Initialization.Constant(1), Decay: false),
                // half of the sum is kept per token
                new("tpe.log_decay", [NumHeads], new Initialization.Constant(0), Decay: false),
                .. norm.Parameters(),
                new("tpe.o.weight", [HiddenSize, HiddenSize], new Initialization.TruncatedNormal(Std)),
            ],
            _ => [],
        };

    /// <param name="x">[batch, time, hidden]</param>
    /// <param name="segments">Document number of each position, int64 [batch, time], never decreasing. Null: one
    /// document.</param>
    /// <param name="stretch">Which tokens of their sequences these are, where other processes have the others.</param>
    public Tensor Apply(ParameterSet parameters, Tensor x, Tensor? segments, Stretch? stretch = null)
    {
        using var scope = NewDisposeScope();
        var y =
            Kind == TpeKind.Expsum
                ? ExponentialSum.Chunked(x, parameters["tpe.weight"], Chunk, segments, stretch)
                : HeadAverage.Chunked(x, parameters["tpe.log_decay"], segments, stretch);
        return Finish(parameters, x, y).MoveToOuterDisposeScope();
    }

    /// <summary>After what <paramref name="state"/> has seen: chunked for a prompt, recurrent for one token.</summary>
    /// <param name="state">Null before the first token.</param>
    /// <returns>Output, and the state after the last token.</returns>
    public (Tensor Output, Tensor State) Extend(ParameterSet parameters, Tensor x, Tensor? state)
    {
        using var scope = NewDisposeScope();
        var (y, next) = (Kind, x.size(1) == 1) switch
        {
            (TpeKind.Expsum, true) => ExponentialSum.Recurrent(x, parameters["tpe.weight"], state),
            (TpeKind.Expsum, false) => ExponentialSum.Prefill(x, parameters["tpe.weight"], Chunk, state),
            (_, true) => HeadAverage.Recurrent(x, parameters["tpe.log_decay"], state),
            (_, false) => HeadAverage.Prefill(x, parameters["tpe.log_decay"], state),
        };
        return scope.MoveToOuter(Finish(parameters, x, y), next);
    }

    private Tensor Finish(ParameterSet parameters, Tensor x, Tensor y)
    {
        if (Kind == TpeKind.Ema)
        {
            // [heads, 1]
            var strength = (parameters["tpe.q"] * parameters["tpe.k"]).view(NumHeads, -1).sum(1L, keepdim: true);
            y = (Wide.Widen(y).view(y.size(0), y.size(1), NumHeads, -1) * strength).view(y.shape).to(x.dtype);
            y = Products.Linear(norm.Apply(parameters, y), parameters["tpe.o.weight"]);
        }
        return Residual ? x + y : y.alias();
    }
}
