using static LinearScaling.Tests.Torch.Interop.PlainTensors;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>
/// The forward pass of HGRN2 token by token, in two dialects. fla: RMSNorm gains, SwiGLU, output times K^-1/2 before a
/// norm with epsilon 1e-5. The authors' own: no gains, no activation in the GLU, no factor, epsilon 1e-6.
/// </summary>
internal sealed record PlainHgrn2(
    Dictionary<string, double[]> W,
    int Hidden,
    int Layers,
    int Width,
    bool Fla,
    double Eps = 1e-6
)
{
    public double[][] Logits(int[] tokens)
    {
        var heads = Hidden / Width;
        var states = new double[Layers, heads, Width, Width];
        var embedding = W[Fla ? "model.embeddings.weight" : "model.embed_tokens.weight"];
        return
        [
            .. tokens.Select(token =>
            {
                var x = Row(embedding, token, Hidden);
                for (var l = 0; l < Layers; l++)
                {
                    x = Plus(x, Mixer(l, Rms(x, Gain($"model.layers.{l}.attn_norm.weight"), Eps), states));
                    x = Plus(x, Glu(l, Rms(x, Gain($"model.layers.{l}.mlp_norm.weight"), Eps)));
                }
                return Times(W.GetValueOrDefault("lm_head.weight", embedding), Rms(x, Gain("model.norm.weight"), Eps));
            }),
        ];
    }

    private double[]? Gain(string name) => W.GetValueOrDefault(name);

    private double[] Mixer(int l, double[] x, double[,,,] states)
    {
        var fused = W.GetValueOrDefault($"model.layers.{l}.token_mixer.in_proj.weight");
        double[] Project(string name, int third) =>
            fused is null
                ? Times(W[$"model.layers.{l}.attn.{name}_proj.weight"], x)
                : Times(fused, x, third * Hidden, Hidden);
        var (v, q, f) = (Project("i", 0), Project("q", 1), Project("f", 2));
        var o = new double[Hidden];
        for (var i = 0; i < Hidden; i++)
        {
            var (head, row) = (i / Width, i % Width);
            var bound = LowerBound(l, i);
            var forget = bound + (1 - bound) * Sigmoid(f[i]);
            for (var j = 0; j < Width; j++)
            {
                states[l, head, row, j] = forget * states[l, head, row, j] + (1 - forget) * v[head * Width + j];
                o[head * Width + j] += Silu(q[i]) * states[l, head, row, j] * (Fla ? 1 / Math.Sqrt(Width) : 1);
            }
        }
        o = Rms(o, Gain($"model.layers.{l}.attn.g_norm.weight"), Fla ? 1e-5 : Eps);
        return Times(
            W[Fla ? $"model.layers.{l}.attn.o_proj.weight" : $"model.layers.{l}.token_mixer.out_proj.weight"],
            o
        );
    }

    /// <summary>Sum over layers 1 ... l of the softmax over layers.</summary>
    private double LowerBound(int l, int channel)
    {
        var exponentials = Enumerable
            .Range(0, Layers)
            .Select(i => Math.Exp(W["model.lower_bounds"][i * Hidden + channel]))
            .ToArray();
        return exponentials[1..(l + 1)].Sum() / exponentials.Sum();
    }

    private double[] Glu(int l, double[] x)
    {
        if (!Fla)
            return Times(
                W[$"model.layers.{l}.channel_mixer.l3.weight"],
                Map(
                    Times(W[$"model.layers.{l}.channel_mixer.l1.weight"], x),
                    Times(W[$"model.layers.{l}.channel_mixer.l2.weight"], x),
                    (g, u) => g * u
                )
            );
        var gate = W[$"model.layers.{l}.mlp.gate_proj.weight"];
        var both = W.ContainsKey($"model.layers.{l}.mlp.up_proj.weight")
            ? [.. Times(gate, x), .. Times(W[$"model.layers.{l}.mlp.up_proj.weight"], x)]
            : Times(gate, x);
        var size = both.Length / 2;
        return Times(
            W[$"model.layers.{l}.mlp.down_proj.weight"],
            Map(both[..size], both[size..], (g, u) => Silu(g) * u)
        );
    }
}
