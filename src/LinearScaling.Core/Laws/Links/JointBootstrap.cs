using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Links;

/// <summary>Both steps refitted to the same resampled runs: what one gains from a run, the other does too.</summary>
internal sealed class JointBootstrap
{
    private readonly double[]?[] surfaces;
    private readonly double[]?[][] links;

    private JointBootstrap(double[]?[] surfaces, double[]?[][] links) =>
        (this.surfaces, this.links) = (surfaces, links);

    public int Draws => surfaces.Length;

    /// <summary>Draws runs with replacement, as many as there are. Draw i depends on (seed, i) alone. Rows of one run
    /// alone have no spread to draw from: no draws.</summary>
    public static JointBootstrap Draw(ParametricFit surface, IReadOnlyList<ParametricFit> links, int draws, int seed)
    {
        int[] clusters =
        [
            .. links.Append(surface).SelectMany(f => f.Problem.Points.Select(o => o.Cluster)).Distinct().Order(),
        ];
        if (clusters.Length < 2)
            draws = 0;
        var place = clusters.Select((c, k) => (c, k)).ToDictionary(c => c.c, c => c.k);
        var first = new double[]?[draws];
        var second = links.Select(_ => new double[]?[draws]).ToArray();
        Parallel.For(
            0,
            draws,
            i =>
            {
                var random = new SeededRandom(seed, i);
                var times = new int[clusters.Length];
                for (var k = 0; k < clusters.Length; k++)
                    times[random.Index(clusters.Length)]++;
                double[]? Again(ParametricFit fit)
                {
                    List<Observation> points =
                    [
                        .. fit
                            .Problem.Points.Where(o => times[place[o.Cluster]] > 0)
                            .Select(o => o with { Weight = o.Weight * times[place[o.Cluster]] }),
                    ];
                    if (points.Count <= fit.Problem.FreeParameters)
                        return null;
                    var problem = fit.Problem.With(points);
                    return problem.Coefficients(problem.Canonical(Minimizer.Near(problem, fit.P).P));
                }
                if ((first[i] = Again(surface)) is null)
                    return;
                for (var m = 0; m < links.Count; m++)
                    second[m][i] = Again(links[m]);
            }
        );
        return new(first, second);
    }

    /// <summary>The draws in which both the surface and that link could be fitted.</summary>
    public IReadOnlyList<(double[] Surface, double[] Link)> Pairs(int link) =>
        [
            .. surfaces
                .Zip(links[link])
                .Where(d => d.First is not null && d.Second is not null)
                .Select(d => (d.First!, d.Second!)),
        ];
}
