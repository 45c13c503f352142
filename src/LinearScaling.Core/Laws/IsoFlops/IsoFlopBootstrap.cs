using LinearScaling.Laws.Numerics;

namespace LinearScaling.Laws.IsoFlops;

/// <summary>How the laws of approach 2 move when the losses within budgets scatter anew: a bootstrap of
/// residuals.</summary>
/// <remarks>
/// Draws keep every model's N, D and budget, which were chosen, and exchange residuals: those of a model, as a share of
/// its loss, go to another one. Drawing the models themselves would leave many a profile of seven with too few sizes.
/// The residuals of all profiles are one pool, since five points about a parabola with three coefficients say little
/// of their own; those of one run stay together. They are divided by the root of 1 - leverage. What the losses at the
/// vertices are off is widened for as few degrees of freedom as there are; a vertex is a ratio, whose errors have long
/// tails enough without that (coverage was measured).
/// </remarks>
internal sealed class IsoFlopBootstrap
{
    private readonly List<(double Flops, ProfileSide N, ProfileSide D)> profiles = [];
    private readonly (int Profile, int Point)[][] runs; // each run's points by rising budget
    private readonly (double N, double D) center;
    private readonly LogLogLine fitted;
    private readonly double widening;

    public IsoFlopBootstrap(IsoFlop fit)
    {
        fitted = fit.Loss!;
        foreach (var p in fit.Used)
        {
            var (n, d) = IsoFlopProfile.Designs(p.Points);
            profiles.Add((p.Flops, new(n, p.Points), new(d, p.Points)));
        }
        var points = fit.Used.SelectMany((p, i) => p.Points.Select((o, k) => (o.Cluster, Place: (i, k)))).ToList();
        runs = [.. points.GroupBy(p => p.Cluster).OrderBy(g => g.Key).Select(g => g.Select(p => p.Place).ToArray())];
        center = (profiles.SelectMany(p => p.N.Residuals).Average(), profiles.SelectMany(p => p.D.Residuals).Average());
        var freedom = (points.Count - 3.0 * profiles.Count) * runs.Length / points.Count;
        widening = Interval.Widening(freedom);
    }

    /// <summary>The laws of every draw; null where fewer than two of its profiles have an optimum.</summary>
    public IReadOnlyList<(LogLogLine? N, LogLogLine? D, LogLogLine? Loss)> Draw(int draws, int seed)
    {
        var lines = new (LogLogLine?, LogLogLine?, LogLogLine?)[draws];
        Parallel.For(0, draws, i => lines[i] = Through(Exchanged(new SeededRandom(seed, i))));
        return lines;
    }

    private List<(double[] N, double[] D)> Exchanged(SeededRandom random)
    {
        var losses = profiles.ConvertAll(p => (N: new double[p.N.Losses.Length], D: new double[p.D.Losses.Length]));
        foreach (var run in runs)
        {
            var donor = runs[random.Index(runs.Length)];
            for (var k = 0; k < run.Length; k++)
            {
                var ((profile, point), (source, from)) = (run[k], donor[k % donor.Length]);
                var (to, other) = (profiles[profile], profiles[source]);
                losses[profile].N[point] = to.N.With(point, other.N.Residuals[from] - center.N);
                losses[profile].D[point] = to.D.With(point, other.D.Residuals[from] - center.D);
            }
        }
        return losses;
    }

    private (LogLogLine? N, LogLogLine? D, LogLogLine? Loss) Through(List<(double[] N, double[] D)> losses)
    {
        List<double> flops = [],
            n = [],
            d = [],
            loss = [];
        for (var i = 0; i < profiles.Count; i++)
        {
            var (overN, overD) = (profiles[i].N.Design.Fit(losses[i].N), profiles[i].D.Design.Fit(losses[i].D));
            if (!profiles[i].N.Design.HoldsVertex(overN) || !profiles[i].D.Design.HoldsVertex(overD))
                continue;
            flops.Add(profiles[i].Flops);
            n.Add(Math.Exp(overN.Vertex));
            d.Add(Math.Exp(overD.Vertex));
            loss.Add(overN.AtVertex);
        }
        var lines = IsoFlop.Lines([.. flops], [.. n], [.. d], [.. loss]);
        return lines with { Loss = lines.Loss is null ? null : Widened(lines.Loss) };
    }

    /// <summary>The fit, and what a draw is off times the widening.</summary>
    private LogLogLine Widened(LogLogLine drawn) =>
        drawn with
        {
            Coefficient = fitted.Coefficient * Math.Pow(drawn.Coefficient / fitted.Coefficient, widening),
            Exponent = fitted.Exponent + widening * (drawn.Exponent - fitted.Exponent),
        };
}
