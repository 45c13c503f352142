using LinearScaling.Compute;
using LinearScaling.Configuration;
using LinearScaling.Laws.Forms;

namespace LinearScaling.Laws;

/// <summary>Published laws, to compare with one's own. Their compute conventions, data and tokenizers differ: compare
/// slopes before levels.</summary>
public static class PublishedLaws
{
    /// <summary>Each name and its laws, one per architecture.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<Law>> All { get; } =
        new Dictionary<string, IReadOnlyList<Law>>
        {
            // Kaplan et al., arXiv 2001.08361, appendix A, tables 5 and 6: L(C_min) = (3.1e8 / C)^0.050 and N_opt =
            // 1.3e9 C^0.73, C in PF-days; D_opt = 2e10 C^0.27.
            ["kaplan2020"] =
            [
                Published(
                    "kaplan2020",
                    "kaplan",
                    "power_law",
                    new() { ["coefficient"] = Math.Pow(3.1e8 * ComputeLaw.PfDay, 0.050), ["exponent"] = -0.050 },
                    ComputeLaw.PerPfDay(1.3e9, 0.73),
                    ComputeLaw.PerPfDay(2e10, 0.27)
                ),
            ],
            // Hoffmann et al., arXiv 2203.15556, approach 3, in the precision of its source files.
            ["hoffmann2022"] =
            [
                Published(
                    "hoffmann2022",
                    Flops.SixNd,
                    "chinchilla",
                    new()
                    {
                        ["E"] = Math.Exp(0.5267228),
                        ["A"] = Math.Exp(6.0073404),
                        ["B"] = Math.Exp(6.0179186),
                        ["alpha"] = 0.33917084,
                        ["beta"] = 0.2849083,
                    }
                ),
            ],
            // Besiroglu et al., arXiv 2404.10102: the refit of Hoffmann's data.
            ["epoch2024"] =
            [
                Published(
                    "epoch2024",
                    Flops.SixNd,
                    "chinchilla",
                    new()
                    {
                        ["E"] = 1.8172,
                        ["A"] = 482.01,
                        ["B"] = 2085.43,
                        ["alpha"] = 0.3478,
                        ["beta"] = 0.3658,
                    }
                ),
            ],
            // Shen et al., arXiv 2406.16690, table 3.
            ["shen2024"] =
            [
                Shen("llama", 3.7087, -0.0798, 1.82e8, 0.7118, 2.56e10, 0.5102),
                Shen("tnl", 3.5391, -0.0768, 2.74e8, 0.6470, 4.43e10, 0.4684),
                Shen("hgrn2", 3.4788, -0.0753, 2.66e8, 0.6427, 4.80e10, 0.4500),
                Shen("cosformer2", 3.5877, -0.0756, 2.65e8, 0.6516, 4.23e10, 0.4529),
            ],
        };

    /// <summary>The laws of that name; <c>besiroglu2024</c> is <c>epoch2024</c>.</summary>
    public static IReadOnlyList<Law> Named(string name) =>
        All.TryGetValue(name == "besiroglu2024" ? "epoch2024" : name, out var laws)
            ? laws
            : throw new LinearScalingException(
                NearestNames.Unknown("published law", name, [.. All.Keys, "besiroglu2024"])
            );

    private static Law Shen(string architecture, double beta, double alpha, double n, double a, double d, double b) =>
        Published(
            $"shen2024 {architecture}",
            Flops.Paper,
            "power_law",
            new() { ["coefficient"] = beta * Math.Pow(ComputeLaw.PfDay, -alpha), ["exponent"] = alpha },
            ComputeLaw.PerPfDay(n, a),
            ComputeLaw.PerPfDay(d, b)
        );

    private static Law Published(
        string name,
        string convention,
        string form,
        Dictionary<string, double> coefficients,
        ComputeLaw? nOpt = null,
        ComputeLaw? dOpt = null
    )
    {
        var named = LawForm.Named(form);
        return new()
        {
            Name = name,
            Form = form,
            Equation = named.Equation,
            Method = "published",
            Metric = "loss",
            Variable = named.OfNAndD ? "N, D" : "C",
            Convention = convention,
            Coefficients = coefficients,
            NOpt = nOpt,
            DOpt = dOpt,
            ExponentSum = nOpt is null || dOpt is null ? null : nOpt.Exponent + dOpt.Exponent,
            Data = new("published", 0, "", []),
        };
    }
}
