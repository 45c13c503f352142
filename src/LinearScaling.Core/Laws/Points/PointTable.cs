using System.Globalization;
using System.Text.Json;
using LinearScaling.Configuration;
using LinearScaling.Files;

namespace LinearScaling.Laws.Points;

/// <summary>A table of measurements from a CSV, JSONL or Parquet file: named columns of text or numbers.</summary>
public sealed class PointTable
{
    private readonly Dictionary<string, string[]> known = new(StringComparer.Ordinal);
    private readonly Func<string, string[]> read;

    private PointTable(string path, IReadOnlyList<string> columns, int rows, Func<string, string[]> read)
    {
        Path = path;
        Columns = columns;
        Rows = rows > 0 ? rows : throw new LinearScalingException($"{path}: holds no rows");
        this.read = read;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public int Rows { get; }

    public static PointTable Read(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file");
        return System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => Csv(path),
            ".jsonl" => Objects(path, JsonLines(path)),
            ".parquet" => Parquet(path),
            var other => throw PointMistakes.OtherExtension(path, other),
        };
    }

    public string Text(int row, string column) => Cells(column)[row];

    /// <summary>The number in a cell; NaN where it is empty or says so.</summary>
    public double Number(int row, string column)
    {
        var text = Text(row, column).Trim();
        return text.Length == 0 ? double.NaN
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw PointMistakes.NotANumber(Path, row, column, text);
    }

    /// <exception cref="LinearScalingException">There is no such column.</exception>
    public void Require(string column)
    {
        if (!Columns.Contains(column))
            throw new LinearScalingException($"{Path}: {NearestNames.Unknown("column", column, Columns)}");
    }

    private string[] Cells(string column)
    {
        if (!known.TryGetValue(column, out var cells))
        {
            Require(column);
            known.Add(column, cells = read(column));
        }
        return cells;
    }

    private static PointTable Parquet(string path)
    {
        var table = new ParquetTable(path);
        return new(path, [.. table.Columns], table.Rows, table.Cells);
    }

    private static PointTable Csv(string path)
    {
        var lines = CsvText.Rows(File.ReadAllText(path)).ToList();
        if (lines.Count < 2)
            throw new LinearScalingException($"{path}: holds no rows below its header");
        var header = lines[0].Select(h => h.Trim()).ToList();
        for (var i = 1; i < lines.Count; i++)
            if (lines[i].Length != header.Count)
                throw PointMistakes.OtherCells(path, i, lines[i].Length, header.Count);
        return new(path, header, lines.Count - 1, column => [.. lines.Skip(1).Select(l => l[header.IndexOf(column)])]);
    }

    private static PointTable Objects(string path, IEnumerable<JsonElement> documents)
    {
        var list = documents.ToList();
        var columns = list.SelectMany(d => d.EnumerateObject().Select(p => p.Name)).Distinct().ToList();
        return new(
            path,
            columns,
            list.Count,
            column =>
                [
                    .. list.Select(d =>
                        d.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null
                            ? value.ToString()
                            : ""
                    ),
                ]
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
