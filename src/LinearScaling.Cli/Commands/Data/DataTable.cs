using System.Globalization;
using LinearScaling.Cli.Reports;
using LinearScaling.Shards;

namespace LinearScaling.Cli.Commands.Data;

/// <summary>A manifest's counts as a table, one row per split.</summary>
internal static class DataTable
{
    public static string Format(Manifest manifest)
    {
        var table = new TextTable(
            "split",
            "shards",
            "row groups",
            "documents",
            "tokens",
            "bytes of text",
            "tokens/byte"
        );
        foreach (var split in Enum.GetValues<Split>())
        {
            var groups = manifest.ShardsIn(split).SelectMany(s => s.RowGroups).ToList();
            var tokens = groups.Sum(g => (long)g.Tokens);
            var bytes = groups.Sum(g => g.TextBytes);
            table.Add(
                split == Split.Train ? "train" : "validation",
                Text(manifest.ShardsIn(split).Count()),
                Text(groups.Count),
                Text(groups.Sum(g => (long)g.Documents)),
                Text(tokens),
                Text(bytes),
                bytes == 0 ? "" : ((double)tokens / bytes).ToString("F4", CultureInfo.InvariantCulture)
            );
        }
        return table.ToString();
    }

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
