using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Points;

namespace LinearScaling.Laws.Parametric;

/// <summary>Fits refitted to runs drawn with replacement (points, where each is a run of its own), as many as there
/// are: each draw refits all of them to the same runs, so that what one gains from a run the others do too.</summary>
internal sealed class RunResampling
{
    private readonly IReadOnlyList<ParametricFit> fits;
    private readonly int runs;

    // By fit and run: its rows, and how many of them differ. A copy of a row tells nothing new.
    private readonly (Observation[] Rows, int Different)[][] parts;

    private RunResampling(IReadOnlyList<ParametricFit> fits)
    {
        this.fits = fits;
        List<int> clusters = [.. fits.SelectMany(f => f.Problem.Points.Select(o => o.Cluster)).Distinct().Order()];
        runs = clusters.Count;
        parts =
        [
            .. fits.Select(f =>
            {
                var rows = f.Problem.Points.ToLookup(o => o.Cluster);
                return clusters
                    .Select(c => (rows[c].ToArray(), rows[c].DistinctBy(o => (o.N, o.D, o.X, o.Y)).Count()))
                    .ToArray();
            }),
        ];
    }

    /// <summary>Coefficients of every fit by draw, each from the fit's optimum within the form's bounds; null where a
    /// draw holds too few different rows. Rows of one run alone have no spread to draw from: no draws.</summary>
    /// <remarks>Draw i depends on (seed, i) alone, so that the result does not depend on threads.</remarks>
    public static double[]?[][] Draw(IReadOnlyList<ParametricFit> fits, int draws, int seed)
    {
        var resampling = new RunResampling(fits);
        if (resampling.runs < 2)
            return [];
        var results = new double[]?[draws][];
        Parallel.For(0, draws, i => results[i] = resampling.Refit(new SeededRandom(seed, i)));
        return results;
    }

    private double[]?[] Refit(SeededRandom random)
    {
        var times = new int[runs];
        for (var k = 0; k < runs; k++)
            times[random.Index(runs)]++;
        var coefficients = new double[]?[fits.Count];
        for (var f = 0; f < fits.Count; f++)
        {
            var problem = fits[f].Problem;
            var (points, different) = (new List<Observation>(problem.Points.Count), 0);
            for (var k = 0; k < runs; k++)
                if (times[k] > 0)
                {
                    points.AddRange(parts[f][k].Rows.Select(o => o with { Weight = o.Weight * times[k] }));
                    different += parts[f][k].Different;
                }
            if (different <= problem.FreeParameters)
                continue;
            problem = problem.With(points);
            coefficients[f] = problem.Coefficients(problem.Canonical(Minimizer.Near(problem, fits[f].P).P));
        }
        return coefficients;
    }
}
