using System.Text.Json.Nodes;
using LinearScaling.Laws;

namespace LinearScaling.Tests.Laws;

public sealed class LawFileTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), $"law-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Every_key_stands_in_the_file_in_its_order()
    {
        const string expected = """
            {
              "format": 1,
              "name": "epoch2024",
              "form": "chinchilla",
              "equation": "L = E \u002B A / N^alpha \u002B B / D^beta",
              "method": "published",
              "metric": "loss",
              "variable": "N, D",
              "convention": "6nd",
              "coefficients": {
                "E": 1.8172,
                "A": 482.01,
                "B": 2085.43,
                "alpha": 0.3478,
                "beta": 0.3658
              },
              "intervals": {},
              "standard_errors": {},
              "fit_covariance": [],
              "loss": "",
              "objective": null,
              "r_squared": null,
              "certificate": null,
              "profile_intervals": {},
              "extrapolation": null,
              "rule": {
                "coefficient": 6,
                "exponent": 1
              },
              "n_opt": null,
              "d_opt": null,
              "exponent_sum": null,
              "data": {
                "source": "published",
                "points": 0,
                "hash": "",
                "left_out": []
              },
              "cautions": [],
              "version": "",
              "command": ""
            }
            """;
        Assert.Equal(expected, PublishedLaws.Named("epoch2024")[0].ToJson());
    }

    [Fact]
    public void A_file_without_one_of_them_is_refused_by_its_name()
    {
        var whole = JsonNode.Parse(PublishedLaws.Named("epoch2024")[0].ToJson())!.AsObject();
        foreach (var key in whole.Select(p => p.Key).ToList())
        {
            var lacking = whole.DeepClone().AsObject();
            lacking.Remove(key);
            File.WriteAllText(path, lacking.ToJsonString());
            Assert.Contains(
                $"'{key}'",
                Assert.Throws<LinearScalingException>(() => Law.Load(path)).Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public void What_was_saved_is_read_back()
    {
        var law = PublishedLaws.Named("kaplan2020")[0] with { RSquared = double.NaN, Cautions = [new("few", "runs")] };
        law.Save(path);
        Assert.Equal(File.ReadAllText(path), Law.Load(path).ToJson() + "\n");
    }
}
