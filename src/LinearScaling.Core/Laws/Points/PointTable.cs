using System.Globalization;
using System.Text.Json;
using LinearScaling.Configuration;
using LinearScaling.Files;

namespace LinearScaling.Laws.Points;

/// <summary>A table of measurements from a CSV, TSV, JSONL or Parquet file, text also compressed: named columns of text
/// or numbers.</summary>
public sealed class PointTable
{
    private static readonly string[] Missing = ["", "na", "n/a", "nan", "null", "none", "-"];

    private readonly Dictionary<string, string[]> known = new(StringComparer.Ordinal);
    private readonly Func<string, string[]> read;
    private readonly Func<int, string> place;
    private readonly Func<string, string?> refusal;

    /// <param name="read">The cells of a column.</param>
    /// <param name="place">Where a row is, as <c>line 12</c>.</param>
    /// <param name="refusal">Why a name that is none of the columns cannot be one, or null.</param>
    private PointTable(
        string path,
        IReadOnlyList<string> columns,
        int rows,
        Func<string, string[]> read,
        Func<int, string> place,
        Func<string, string?>? refusal = null
    )
    {
        Path = path;
        Columns = columns;
        Rows = rows > 0 ? rows : throw new LinearScalingException($"{path}: holds no rows");
        this.read = read;
        this.place = place;
        this.refusal = refusal ?? (_ => null);
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public int Rows { get; }

    public static PointTable Read(string path)
    {
        if (!File.Exists(path))
            throw new LinearScalingException($"{path}: no such file");
        var inside = CompressedFile.NameInside(path);
        return System.IO.Path.GetExtension(inside).ToLowerInvariant() switch
        {
            ".csv" => Csv(path, null),
            ".tsv" => Csv(path, '\t'),
            ".jsonl" => Objects(path),
            ".parquet" when inside == path => Parquet(path),
            var other => throw PointMistakes.OtherExtension(path, other),
        };
    }

    /// <summary>What a reader finds a row by, as <c>row 12</c>: the line of a text file that it begins on, the number
    /// of the row in a Parquet file, both from 1.</summary>
    public string Label(int row) => "row" + place(row)[place(row).IndexOf(' ')..];

    public string Text(int row, string column) => Cells(column)[row];

    /// <summary>The number in a cell; NaN where it is empty or says that there is none.</summary>
    public double Number(int row, string column)
    {
        var text = Text(row, column).Trim();
        return Missing.Contains(text, StringComparer.OrdinalIgnoreCase) ? double.NaN
            : TryNumber(text, out var value) ? value
            : throw PointMistakes.NotANumber($"{Path}: {place(row)}", column, text);
    }

    /// <summary>A number as other programs write it: also inf, in any case.</summary>
    public static bool TryNumber(string text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return true;
        value = text.TrimStart('+').ToLowerInvariant() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(value);
    }

    /// <exception cref="LinearScalingException">There is no such column, or there are two.</exception>
    public void Require(string column)
    {
        var count = Columns.Count(c => c == column);
        if (count == 0)
            throw new LinearScalingException(
                $"{Path}: {refusal(column) ?? NearestNames.Unknown("column", column, Columns)}"
            );
        if (count > 1)
            throw PointMistakes.TwoColumns(Path, column, count);
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
        return new(path, [.. table.Columns], table.Rows, table.Cells, row => $"row {row + 1}", table.Refusal);
    }

    private static PointTable Csv(string path, char? separator)
    {
        var text = Utf8File.ReadAllText(path);
        var rows = CsvText.Rows(text, separator ?? CsvText.Separator(text)).ToList();
        if (rows.Count < 2)
            throw new LinearScalingException($"{path}: holds no rows below its header");
        var header = Array.ConvertAll(rows[0].Cells, h => h.Trim());
        foreach (var row in rows.Skip(1))
            if (row.Cells.Length != header.Length)
                throw PointMistakes.OtherCells(path, row.Line, row.Cells.Length, header.Length);
        return new(
            path,
            header,
            rows.Count - 1,
            column =>
            {
                var at = Array.IndexOf(header, column);
                return [.. rows.Skip(1).Select(r => r.Cells[at])];
            },
            row => $"line {rows[row + 1].Line}"
        );
    }

    private static PointTable Objects(string path)
    {
        var rows = new List<(int Line, Dictionary<string, string> Cells)>();
        var columns = new List<string>();
        var number = 0;
        foreach (var line in Utf8File.ReadAllText(path).Split('\n')) // texts may hold other ends of lines
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            var document = JsonLine.Parse(line, $"{path}:{number}", nonFiniteAsText: true);
            RequireUnicode(document, $"{path}:{number}");
            if (document.ValueKind != JsonValueKind.Object)
                throw new LinearScalingException($"{path}:{number}: expected an object");
            var cells = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (column, cell) in Leaves(document, ""))
            {
                if (!cells.TryAdd(column, cell))
                    throw PointMistakes.TwoKeys($"{path}:{number}", column);
                columns.Add(column);
            }
            rows.Add((number, cells));
        }
        return new(
            path,
            [.. columns.Distinct(StringComparer.Ordinal)],
            rows.Count,
            column => [.. rows.Select(r => r.Cells.GetValueOrDefault(column, ""))],
            row => $"line {rows[row].Line}"
        );
    }

    private static void RequireUnicode(JsonElement document, string place)
    {
        try
        {
            StrictJson.RequireUnicode(document);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{place}: {e.Message}", e);
        }
    }

    /// <summary>The values of an object by their path, as <c>train.loss</c>.</summary>
    private static IEnumerable<(string Column, string Cell)> Leaves(JsonElement document, string prefix) =>
        document
            .EnumerateObject()
            .SelectMany(property =>
                property.Value.ValueKind switch
                {
                    JsonValueKind.Object => Leaves(property.Value, $"{prefix}{property.Name}."),
                    JsonValueKind.Null => [($"{prefix}{property.Name}", "")],
                    JsonValueKind.True => [($"{prefix}{property.Name}", "true")],
                    JsonValueKind.False => [($"{prefix}{property.Name}", "false")],
                    _ => [($"{prefix}{property.Name}", property.Value.ToString())],
                }
            );
}
