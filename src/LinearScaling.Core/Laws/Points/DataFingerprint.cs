using System.Globalization;
using System.IO.Hashing;
using System.Text;
using LinearScaling.Files;

namespace LinearScaling.Laws.Points;

/// <summary>A hash of the numbers a fit used, so that a saved law can be matched with its data.</summary>
public static class DataFingerprint
{
    public static string Compute(IReadOnlyList<LossCurve> curves) =>
        Compute(curves.SelectMany(c => c.Points.SelectMany(p => new[] { c.N, p.Tokens, p.Flops, p.Value })));

    public static string Compute(IEnumerable<double> numbers)
    {
        var hash = new XxHash128();
        foreach (var number in numbers)
            hash.Append(Encoding.ASCII.GetBytes(number.ToString("R", CultureInfo.InvariantCulture) + "\n"));
        return hash.ToHex();
    }
}
