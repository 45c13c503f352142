using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws;

/// <summary>Tables of published studies, or a skipped test.</summary>
internal static class PublishedData
{
    public static string File(string name) => TestData.Need($"laws/{name}");

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
