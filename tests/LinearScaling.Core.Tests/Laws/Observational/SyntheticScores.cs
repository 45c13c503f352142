using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Observational;

namespace LinearScaling.Tests.Laws.Observational;

/// <summary>A table whose components are known: families on scattered lines in log compute, of different recipes, with
/// gaps.</summary>
internal static class SyntheticScores
{
    public const int Families = 12,
        FamilySize = 5;

    /// <summary>Two orthogonal directions of length 1, the first the capability.</summary>
    public static readonly double[][] Directions =
    [
        [0.5, 0.4, 0.5, 0.3, Math.Sqrt(0.25)],
        Normalised([0.5, -0.4, 0.1, -0.5, -0.28]),
    ];

    public static readonly double[] Means = [0.45, 0.5, 0.4, 0.6, 0.35];

    /// <summary>Gain of the first component with ten times the compute.</summary>
    public static double Slope(int family) => 0.10 + 0.01 * (family % 4);

    /// <summary>Its value at 1e22 FLOPs: what recipes differ by.</summary>
    public static double Offset(int family) => 0.02 * (family - 5.5);

    /// <param name="noise">Standard deviation of each score around what two components say.</param>
    /// <param name="gaps">Share of scores that are missing.</param>
    public static ScoreTable Table(double noise, double gaps, int seed = 0)
    {
        var random = new SeededRandom(seed);
        var models = new List<ScoredModel>();
        for (var family = 0; family < Families; family++)
        for (var size = 0; size < FamilySize; size++)
        {
            var logFlops = 20.2 + 0.8 * size + 0.15 * random.Normal() + 0.05 * family;
            var first = Offset(family) + Slope(family) * (logFlops - 22) + noise * random.Normal();
            var second = 0.08 * random.Normal();
            var scores = new double[Means.Length];
            for (var j = 0; j < scores.Length; j++)
            {
                var score = Means[j] + first * Directions[0][j] + second * Directions[1][j] + noise * random.Normal();
                scores[j] = random.Uniform() < gaps && j != family % scores.Length ? double.NaN : score;
            }
            models.Add(
                new(
                    $"f{family}-s{size}",
                    $"f{family}",
                    Math.Pow(10, logFlops),
                    new(2020 + size, 1 + family, 1),
                    scores,
                    Target(first, second) + noise * random.Normal()
                )
            );
        }
        return new(["a", "b", "c", "d", "e"], "t", models, [], "");
    }

    /// <summary>With a floor of 0.1, as a task of ten choices has.</summary>
    public static double Target(double first, double second) =>
        0.1 + 0.9 / (1 + Math.Exp(-(-1 + 12 * first + 5 * second)));

    private static double[] Normalised(double[] v)
    {
        var along = v.Zip(Directions0, (a, b) => a * b).Sum();
        var rest = v.Zip(Directions0, (a, b) => a - along * b).ToArray();
        var length = Math.Sqrt(rest.Sum(a => a * a));
        return [.. rest.Select(a => a / length)];
    }

    private static double[] Directions0 => [0.5, 0.4, 0.5, 0.3, Math.Sqrt(0.25)];
}
