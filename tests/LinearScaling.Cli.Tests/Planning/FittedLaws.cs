using System.Globalization;
using LinearScaling.Laws.Forms;
using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Cli.Planning;

/// <summary>Laws that <c>lcs fit</c> made of a scattered table: of a loss, and of a score that follows from
/// it.</summary>
public sealed class FittedLaws : IAsyncLifetime
{
    private static readonly double[] Sizes = [1e7, 3e7, 1e8, 3e8, 1e9];

    private static readonly double[] Tokens = [1e9, 4e9, 2e10, 1e11];

    private readonly string root = Directory.CreateTempSubdirectory("lcs-plan-").FullName;

    /// <summary>The law of the loss.</summary>
    public string Law => Path.Combine(root, "fits", "law.json");

    /// <summary>The same with a link to a score.</summary>
    public string WithScore => Path.Combine(root, "scores", "law.json");

    public static double Score(double loss) => 0.25 + 0.6 / (1 + Math.Exp(3 * (loss - 2.6)));

    public async ValueTask InitializeAsync()
    {
        var (table, random) = (Path.Combine(root, "points.csv"), new Random(4));
        var form = new Chinchilla();
        double[] truth = [1.69, 406.4, 410.7, .34, .28];
        File.WriteAllLines(
            table,
            [
                "N,D,L,score",
                .. from n in Sizes
                from d in Tokens
                let loss = form.Predict(truth, Observation.At(n, d, 0)) * (1 + 0.004 * (random.NextDouble() - 0.5))
                select string.Create(CultureInfo.InvariantCulture, $"{n},{d},{loss},{Score(loss)}"),
            ]
        );
        await Fit(table, "N=N,D=D,L=L", Path.GetDirectoryName(Law)!);
        await Fit(table, "N=N,D=D,via=L,L=score", Path.GetDirectoryName(WithScore)!);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(root, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task Fit(string table, string columns, string output)
    {
        string[] line = ["fit", "--table", table, "--columns", columns, "--starts", "40", "--draws", "60"];
        var (code, _, error) = await Lcs.RunAsync([.. line, "--output", output]);
        Assert.Equal((0, ""), (code, error));
    }
}
