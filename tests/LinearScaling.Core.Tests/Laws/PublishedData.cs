using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Tables of published studies, in <c>../shared/data/laws</c> beside the repository; tests that need them skip
/// without.</summary>
internal static class PublishedData
{
    public static string File(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !System.IO.File.Exists(Path.Combine(root.FullName, "LinearScaling.sln")))
            root = root.Parent;
        var path = Path.Combine(root!.Parent!.FullName, "shared", "data", "laws", name);
        Assert.SkipUnless(System.IO.File.Exists(path), $"needs {path}");
        return path;
    }

    /// <summary>The 245 points that Besiroglu et al. read off Hoffmann's figure, less the highest losses.</summary>
    public static IReadOnlyList<Observation> Hoffmann(int dropWorst = 5, params string[] where) =>
        new TablePoints(
            File("epoch_chinchilla/svg_extracted_data.csv"),
            TablePoints.ParseColumns("N=Model Size,C=Training FLOP,L=loss"),
            "6nd",
            dropWorst,
            where
        )
            .Read()
            .Groups[0]
            .Points;

    public static IReadOnlyList<Observation> Gadre(string columns, params string[] where) =>
        new TablePoints(File("mlfoundations_scaling/runs.csv"), TablePoints.ParseColumns(columns), "6nd", 0, where)
            .Read()
            .Groups[0]
            .Points;
}
