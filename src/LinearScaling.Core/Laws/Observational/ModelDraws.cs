using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.Observational;

/// <summary>The bootstrap of observational laws: models of a family share a recipe and its luck, so whole families are
/// drawn, with replacement, unless models are asked for.</summary>
internal static class ModelDraws
{
    /// <summary>What each draw gives; draws that cannot be fitted are left out. Draw i depends on (seed 0, i)
    /// alone.</summary>
    /// <param name="eligible">Models of weight 0 are never drawn.</param>
    /// <param name="of">From how often each model counts, and the draw's random numbers.</param>
    public static List<T> Each<T>(
        ScoreTable table,
        IReadOnlyList<double> eligible,
        ObservationalOptions options,
        Func<double[], SeededRandom, T> of
    )
        where T : class
    {
        var models = table.Models;
        var groups = Enumerable
            .Range(0, models.Count)
            .Where(i => eligible[i] > 0)
            .GroupBy(i => options.ByFamily ? models[i].Family : $"{i}")
            .Select(g => g.ToArray())
            .ToArray();
        var needed = TargetFit.Parameters(CapabilitySpace.MostComponents, options.Chance) + 1;
        if (groups.Length < 2)
            return [];
        var results = new T?[options.Draws];
        Parallel.For(
            0,
            results.Length,
            i =>
            {
                var random = new SeededRandom(0, i);
                var weights = new double[models.Count];
                for (var k = 0; k < groups.Length; k++)
                    foreach (var model in groups[random.Index(groups.Length)])
                        weights[model]++;
                if (weights.Count(w => w > 0) >= needed)
                    results[i] = of(weights, random);
            }
        );
        return [.. results.OfType<T>()];
    }
}
