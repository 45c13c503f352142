using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Layers;

namespace LinearScaling.Benchmarks;

/// <summary>What <see cref="PeerTable"/> compares in one row: a model, the length of its sequences and a dtype. A step
/// has one micro-batch of 1,024 tokens, or one longer sequence.</summary>
internal sealed record PeerCase(string Size, string Arch, int Length, string Dtype)
{
    private const int StepTokens = 1024;

    public int Batch => Math.Max(1, StepTokens / Length);

    public ModelConfig Model => Presets.Find(Arch, Size).Bind<RunConfig>().Model;

    public ScalarType Type => Dtype == "bf16" ? ScalarType.BFloat16 : ScalarType.Float32;

    public static PeerCase Parse(string size, string arch, string length, string dtype) =>
        new(size, arch, int.Parse(length, CultureInfo.InvariantCulture), dtype);

    /// <summary>What <see cref="Parse"/> reads.</summary>
    public string[] Arguments => [Size, Arch, Length.ToString(CultureInfo.InvariantCulture), Dtype];

    /// <summary>The same tokens in every process, int64 [batch, length + 1].</summary>
    public Tensor Tokens()
    {
        using var generator = new Generator(1);
        return randint(0, Model.VocabSize, [Batch, Length + 1], generator: generator);
    }

    /// <summary>What peer.py must know of the architecture.</summary>
    /// <exception cref="NotSupportedException">peer.py has no such model.</exception>
    public Dictionary<string, object> Description()
    {
        var model = Model;
        var known = model switch
        {
            TnlConfig { OutputGate: OutputGateKind.LowrankSigmoid, OutNormGroups: 1, ThetaLearnable: true } => true,
            CosFormer2Config
            {
                OutputGate: OutputGateKind.LowrankSigmoid,
                OutNormGroups: 1,
                ThetaLearnable: true,
                Tpe: TpeKind.Expsum,
                TpeResidual: true
            } => true,
            Hgrn2Config { UseLowerBound: true, OutNormGroups: 1, OutNormEps: null } => true,
            LlamaConfig llama => llama.KvHeads == llama.NumHeads,
            _ => false,
        };
        if (!known || !model.TieEmbeddings || model.Norm == NormKind.Layernorm || model.EmbedScale != EmbedScale.None)
            throw new NotSupportedException($"peer.py has no {Arch} like that of {Size}");
        var description = new Dictionary<string, object>
        {
            ["arch"] = Arch,
            ["hidden"] = model.HiddenSize,
            ["layers"] = model.NumLayers,
            ["heads"] = model.NumHeads,
            ["norm_eps"] = model.NormEps,
            ["silu"] = model.GluAct == Activation.Silu,
        };
        if (model is LlamaConfig { RopeBase: var ropeBase })
            description["rope_base"] = ropeBase;
        if (model is TnlConfig tnl)
            description["slopes"] = Enumerable
                .Range(0, tnl.NumLayers)
                .Select(layer => Decay.Slopes(tnl.Decay, layer, tnl.NumLayers, tnl.NumHeads));
        return description;
    }
}
