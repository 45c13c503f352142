using static LinearScaling.Tests.Torch.Interop.PlainTensors;

namespace LinearScaling.Tests.Torch.Interop;

/// <summary>The forward pass of TransNormerLLM v1/v2 as a double loop over positions: scores (q_t . k_s) cos(theta (t -
/// s)) exp(-slope (t - s)).</summary>
internal sealed record PlainTnl(
    Dictionary<string, double[]> W,
    int Hidden,
    int Layers,
    double[] Slopes,
    bool ScaleEmbedding
)
{
    public double[][] Logits(int[] tokens)
    {
        var embedding = W["model.embed_tokens.weight"];
        var x = tokens
            .Select(t => Row(embedding, t, Hidden).Select(e => ScaleEmbedding ? e * Math.Sqrt(Hidden) : e).ToArray())
            .ToArray();
        for (var l = 0; l < Layers; l++)
        {
            var mixed = Mixer(l, [.. x.Select(row => Rms(row, null, 1e-6))]);
            x = [.. x.Zip(mixed, Plus)];
            x = [.. x.Select(row => Plus(row, Glu(l, Rms(row, null, 1e-6))))];
        }
        return [.. x.Select(row => Times(W.GetValueOrDefault("lm_head.weight", embedding), Rms(row, null, 1e-6)))];
    }

    private double[][] Mixer(int l, double[][] x)
    {
        var fused = W[$"model.layers.{l}.token_mixer.qkvu_proj.weight"];
        double[][] Project(int quarter) => [.. x.Select(row => Times(fused, row, quarter * Hidden, Hidden))];
        var (q, k, v, u) = (Project(0), Project(1), Project(2), Project(3));
        var theta = W.GetValueOrDefault($"model.layers.{l}.token_mixer.lrpe.theta");
        var width = Hidden / Slopes.Length;
        return
        [
            .. x.Select(
                (_, t) =>
                {
                    var o = new double[Hidden];
                    for (var s = 0; s <= t; s++)
                    for (var h = 0; h < Slopes.Length; h++)
                    {
                        var score = 0.0;
                        for (var i = h * width; i < (h + 1) * width; i++)
                            score += Silu(q[t][i]) * Silu(k[s][i]) * (theta is null ? 1 : Math.Cos(theta[i] * (t - s)));
                        score *= Math.Exp(-Slopes[h] * (1 - (double)l / (Layers - 1) + 1e-5) * (t - s));
                        for (var i = h * width; i < (h + 1) * width; i++)
                            o[i] += score * v[s][i];
                    }
                    return Times(
                        W[$"model.layers.{l}.token_mixer.out_proj.weight"],
                        Map(Rms(o, null, 1e-6), u[t], (y, g) => y * g)
                    );
                }
            ),
        ];
    }

    private double[] Glu(int l, double[] x) =>
        Times(
            W[$"model.layers.{l}.channel_mixer.l3.weight"],
            Map(
                Times(W[$"model.layers.{l}.channel_mixer.l1.weight"], x),
                Times(W[$"model.layers.{l}.channel_mixer.l2.weight"], x),
                (g, u) => g * u
            )
        );
}
