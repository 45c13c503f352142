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
              "fixed": null,
              "intervals": {},
              "standard_errors": {},
              "fit_covariance": [],
              "residual_scatter": null,
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
              "links": [],
              "fitted_range": null,
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
        foreach (
            var key in whole.Select(p => p.Key).Except(["fixed", "residual_scatter", "links", "fitted_range"]).ToList()
        )
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

    /// <summary>Files of an lcs that fixed no coefficient, did not measure the residuals' scatter, nor fit in two
    /// steps, nor say between what points lie.</summary>
    [Fact]
    public void A_file_older_than_a_key_is_read_without_it()
    {
        var older = JsonNode.Parse(PublishedLaws.Named("epoch2024")[0].ToJson())!.AsObject();
        older.Remove("fixed");
        older.Remove("residual_scatter");
        older.Remove("links");
        older.Remove("fitted_range");
        File.WriteAllText(path, older.ToJsonString());
        Assert.Equal(PublishedLaws.Named("epoch2024")[0].ToJson(), Law.Load(path).ToJson());
    }

    [Fact]
    public void A_covariance_with_a_row_cut_off_is_a_mistake_in_the_file()
    {
        var law = PublishedLaws.Named("epoch2024")[0] with
        {
            FitCovariance = [.. Enumerable.Range(0, 5).Select(i => new double[i == 3 ? 4 : 5])],
        };
        Assert.Equal(
            "law 'epoch2024': fit_covariance: each row needs 5 numbers, one a coefficient; fit again",
            Assert.Throws<LinearScalingException>(() => law.Optimal(1e21)).Message
        );
    }

    [Fact]
    public void What_was_saved_is_read_back()
    {
        var law = PublishedLaws.Named("kaplan2020")[0] with { RSquared = double.NaN, Cautions = [new("few", "runs")] };
        law.Save(path);
        Assert.Equal(File.ReadAllText(path), Law.Load(path).ToJson() + "\n");
    }
}
