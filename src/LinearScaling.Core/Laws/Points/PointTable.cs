using System.Globalization;
using System.Text.Json;
using LinearScaling.Configuration;
using LinearScaling.Files;

namespace LinearScaling.Laws.Points;

/// <summary>A table of measurements from a CSV, JSONL or Parquet file: named columns of text or numbers.</summary>
public sealed class PointTable
{
    private readonly Dictionary<string, int> index;
    private readonly List<string[]> rows;

    private PointTable(string path, IReadOnlyList<string> columns, List<string[]> rows)
    {
        Path = path;
        Columns = columns;
        this.rows = rows;
        index = columns.Select((c, i) => (c, i)).DistinctBy(c => c.c).ToDictionary(c => c.c, c => c.i);
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public int Rows => rows.Count;

    public static PointTable Read(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file");
        return System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => Csv(path),
            ".jsonl" => Objects(path, JsonLines(path)),
            ".parquet" => ParquetTable.Read(path) is var (columns, rows) && rows.Count > 0
                ? new(path, columns, rows)
                : throw new LinearScalingException($"{path}: holds no rows"),
            var other => throw new LinearScalingException(
                $"{path}: a table ends in .csv, .jsonl or .parquet, not '{other}'"
            ),
        };
    }

    public string Text(int row, string column) => rows[row][Position(column)];

    /// <summary>The number in a cell; NaN where it is empty or says so.</summary>
    public double Number(int row, string column)
    {
        var text = Text(row, column).Trim();
        return text.Length == 0 ? double.NaN
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new LinearScalingException(
                $"{Path}: row {row + 1}, column '{column}': expected a number, got '{text}'"
            );
    }

    public void Require(string column) => Position(column);

    private int Position(string column) =>
        index.TryGetValue(column, out var position)
            ? position
            : throw new LinearScalingException($"{Path}: {NearestNames.Unknown("column", column, Columns)}");

    private static PointTable Csv(string path)
    {
        var lines = CsvText.Rows(File.ReadAllText(path)).ToList();
        if (lines.Count < 2)
            throw new LinearScalingException($"{path}: holds no rows below its header");
        var header = lines[0].Select(h => h.Trim()).ToList();
        for (var i = 1; i < lines.Count; i++)
            if (lines[i].Length != header.Count)
                throw new LinearScalingException(
                    $"{path}: row {i} has {lines[i].Length} cells, the header {header.Count}"
                );
        return new(path, header, lines[1..]);
    }

    private static PointTable Objects(string path, IEnumerable<JsonElement> documents)
    {
        var list = documents.ToList();
        if (list.Count == 0)
            throw new LinearScalingException($"{path}: holds no rows");
        var columns = list.SelectMany(d => d.EnumerateObject().Select(p => p.Name)).Distinct().ToList();
        return new(
            path,
            columns,
            list.ConvertAll(d =>
                columns
                    .Select(c =>
                        d.TryGetProperty(c, out var value) && value.ValueKind != JsonValueKind.Null
                            ? value.ToString()
                            : ""
                    )
                    .ToArray()
            )
        );
    }

    private static IEnumerable<JsonElement> JsonLines(string path)
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            JsonElement element;
            try
            {
                element = JsonSerializer.Deserialize<JsonElement>(line);
            }
            catch (JsonException e)
            {
                throw new LinearScalingException($"{path}:{number}: not JSON: {e.Message}", e);
            }
            yield return element.ValueKind == JsonValueKind.Object
                ? element
                : throw new LinearScalingException($"{path}:{number}: expected an object");
        }
    }
}
