using System.Numerics;
using System.Runtime.CompilerServices;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;
using LinearScaling.Laws.Scheduled;

namespace LinearScaling.Laws.Forms;

/// <summary>L(t) = L0 + A S(t)^-alpha + B sum over steps k of (rate_k - rate_(k-1)) (1 - (1 + C rate_k^-gamma (S(t) -
/// S(k-1)))^-beta), with S the sum of the learning rates: the loss along a run of one model by its schedule (Luo et
/// al., arXiv 2503.12811).</summary>
/// <remarks>As in the authors' code the warm-up counts in S and as changes, and the first step is no change. Changes
/// that are alike are merged: <see cref="ChangeMerger"/>.</remarks>
public sealed record MultiPower : LawForm
{
    public override string Equation =>
        "L(t) = L0 + A S(t)^-alpha + B sum_k (lr_k - lr_(k-1)) (1 - (1 + C lr_k^-gamma (S(t) - S(k-1)))^-beta), "
        + "S(t) = sum of lr up to step t";

    public override IReadOnlyList<FormParameter> Parameters { get; } =
    [
        new("L0", "irreducible loss of this size, in the metric's unit", true, 1e-3, double.PositiveInfinity),
        new("A", "loss where the learning rates sum to 1, in the metric's unit", true, 0, double.PositiveInfinity),
        new("alpha", "exponent of the sum of the rates", false, 1e-3, 3, Exponent: true),
        new("B", "loss that a fall of the rate by 1 saves in the end", true, 0, double.PositiveInfinity),
        new("C", "how soon a fall of the rate pays", true, 0, double.PositiveInfinity),
        new("beta", "exponent by which that ends", false, 1e-3, 10, Exponent: true),
        new("gamma", "exponent of the rate in it", false, 0, 3, Exponent: true),
    ];

    public override bool OfNAndD => false;

    public override bool OfX => false;

    public override bool OfSchedule => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Value(ReadOnlySpan<double> p, in Observation o, Span<double> gradient)
    {
        var s = o.Schedule!;
        var (e, power, b) = (Math.Exp(p[0]), Math.Exp(p[1] - p[2] * s.LogSum), Math.Exp(p[3]));
        var (logC, beta, gamma) = (new Vector<double>(p[4]), new Vector<double>(p[5]), new Vector<double>(p[6]));
        var most = new Vector<double>(600); // beyond, exp(-beta ln x) is 0 and x itself no number
        Vector<double> drop = default,
            byC = default,
            byBeta = default,
            byGamma = default;
        for (var i = 0; i < s.Change.Length; i += Vector<double>.Count)
        {
            var (change, logRate) = (new Vector<double>(s.Change, i), new Vector<double>(s.LogRate, i));
            var x = Vector.Exp(Vector.Min(most, logC - gamma * logRate + new Vector<double>(s.LogAhead, i)));
            var log = Vector.Log(Vector<double>.One + x);
            var left = change * Vector.Exp(-beta * log);
            var slope = left * x / (Vector<double>.One + x);
            drop += change - left;
            byC += slope;
            byBeta += left * log;
            byGamma += slope * logRate;
        }
        gradient[0] = e;
        gradient[1] = power;
        gradient[2] = -power * s.LogSum;
        gradient[3] = b * Vector.Sum(drop);
        gradient[4] = b * p[5] * Vector.Sum(byC);
        gradient[5] = b * Vector.Sum(byBeta);
        gradient[6] = -b * p[5] * Vector.Sum(byGamma);
        return e + power + gradient[3];
    }

    /// <summary>Exponents and C at random, L0, A and B by least squares: the law is linear in them.</summary>
    public override double[] Start(ReadOnlySpan<double> u, DataSummary data)
    {
        var last = data.Points.MaxBy(o => o.Schedule!.LogSum).Schedule!;
        var logPeak = Math.Log(last.Rates.Peak);
        var start = new double[7];
        start[2] = Between(0.2, 0.8, u[2]);
        start[5] = Between(0.2, 1.2, u[5]);
        start[6] = Between(0.2, 1, u[6]);
        // Such that a fall at the start of the longest run has done the work of 10 to 1e5 of its first part.
        start[4] = Math.Log(10) * Between(1, 5, u[4]) + start[6] * logPeak - last.LogSum;
        Constants(start, data, Math.Exp(-logPeak));
        return start;
    }

    /// <summary>Sets L0, A and B for given exponents; none less than a small part of the loss.</summary>
    /// <param name="scale">Of B, such that all three are of the loss's size.</param>
    private void Constants(double[] start, DataSummary data, double scale)
    {
        (start[0], start[1], start[3]) = (Math.Log(data.MinY), 0, Math.Log(scale));
        var (matrix, right, yy) = (new double[3, 3], new double[3], 0.0);
        var terms = new double[7];
        Span<double> x = stackalloc double[3];
        foreach (var o in data.Points)
        {
            Value(start, o, terms);
            (x[0], x[1], x[2]) = (1, terms[1], terms[3]);
            var weight = o.Weight / (o.Y * o.Y);
            yy += weight * o.Y * o.Y;
            for (var i = 0; i < 3; i++)
            {
                right[i] += weight * x[i] * o.Y;
                for (var j = 0; j <= i; j++)
                    matrix[i, j] = matrix[j, i] = matrix[i, j] + weight * x[i] * x[j];
            }
        }
        var linear = VariableProjection.NonNegative(matrix, right, yy).Linear;
        start[0] = Math.Log(Math.Max(linear[0], 0.1 * data.MinY));
        start[1] = Math.Log(Math.Max(linear[1], 0.01 * data.MinY));
        start[3] = Math.Log(Math.Max(linear[2], 1e-3 * data.MinY) * scale);
    }

    internal override IEnumerable<Caution> Cautions(ParametricFit fit, Bootstrap? bootstrap) =>
        ScheduleCautions.Check(fit.Problem.Points);
}
