using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Numerics;
using LinearScaling.Laws.Parametric;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Parametric;

public class StandardErrorTests
{
    /// <summary>A straight line in logarithms: regression gives the error of ln A, and A times that is A's.</summary>
    [Fact]
    public void The_error_of_a_constant_is_in_its_own_unit()
    {
        var random = new SeededRandom(6);
        List<Observation> points =
        [
            .. Enumerable
                .Range(0, 80)
                .Select(i => Math.Pow(10, 0.05 * i - 2))
                .Select((x, i) => Observation.OfX(x, 40 * Math.Pow(x, -0.3) * Math.Exp(0.05 * random.Normal()), i)),
        ];
        var analysis = LawAnalysis.Analyze("test", new PowerLaw(), points, FitLoss.LogSquared, starts: 4, draws: 1000);
        var mean = points.Average(o => o.LogX);
        var squares = points.Sum(o => (o.LogX - mean) * (o.LogX - mean));
        var variance = analysis.Fit.Objective / (points.Count - 2);
        var ofLog = Math.Sqrt(variance * (1.0 / points.Count + mean * mean / squares));
        Assert.Equal(1, analysis.StandardError(0)!.Value / (analysis.Fit["coefficient"] * ofLog), 0.1);
        Assert.Equal(1, analysis.StandardError(1)!.Value / Math.Sqrt(variance / squares), 0.1);
        var law = analysis.ToLaw("loss", "C", "6nd", new("table", 80, "", []), "0", "lcs");
        Assert.Equal(analysis.StandardError(0), law.StandardErrors["coefficient"]);
    }
}
