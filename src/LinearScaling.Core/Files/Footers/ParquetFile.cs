using Parquet;
using Parquet.Data;
using Parquet.Meta;
using Parquet.Schema;

namespace LinearScaling.Files.Footers;

/// <summary>An open Parquet file, read a column of a row group at a time: only what is asked for.</summary>
/// <remarks>An exception of Parquet.Net becomes a message that names the file; other exceptions pass through.</remarks>
internal sealed class ParquetFile : IDisposable
{
    private readonly string path;
    private readonly string remedy;
    private readonly FileStream stream;
    private readonly ParquetReader reader;
    private readonly HashSet<int> halves;

    private ParquetFile(string path, string remedy, FileStream stream, ParquetReader reader, HashSet<int> halves) =>
        (this.path, this.remedy, this.stream, this.reader, this.halves) = (path, remedy, stream, reader, halves);

    public ParquetSchema Schema => reader.Schema;

    /// <summary>Every column, those inside structs and lists too.</summary>
    public DataField[] Columns => reader.Schema.GetDataFields();

    /// <summary>A column's name, or its path where it is inside a struct, as <c>meta.text</c>.</summary>
    public static string NameOf(DataField field) => string.Join('.', field.Path.ToList());

    /// <summary>The footer's row groups.</summary>
    public IReadOnlyList<RowGroup> RowGroups => reader.Metadata!.RowGroups;

    /// <param name="remedy">How the message about a damaged file ends.</param>
    /// <exception cref="LinearScalingException">It is no Parquet file, or a damaged one.</exception>
    public static ParquetFile Open(string path, string remedy = "the file is truncated, damaged or of another format")
    {
        var stream = File.OpenRead(path);
        try
        {
            return Guard(
                path,
                remedy,
                async () =>
                {
                    ParquetFooter.Read(stream.SafeFileHandle);
                    var reader = await ParquetReader.CreateAsync(stream);
                    var halves = AsBytes(reader.Metadata!.Schema);
                    _ = reader.Schema.GetDataFields(); // refuses types that Parquet.Net does not know
                    return new ParquetFile(path, remedy, stream, reader, halves);
                }
            );
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether a column holds float16, which Parquet.Net does not know: its values are read as their two
    /// bytes, the lower first.</summary>
    public bool IsHalf(DataField field) => halves.Contains(Array.FindIndex(Columns, f => f.Path.Equals(field.Path)));

    /// <summary>Makes columns of float16 columns of bytes, so that they do not keep others from being read.</summary>
    /// <returns>Which they are among the columns.</returns>
    private static HashSet<int> AsBytes(List<SchemaElement> schema)
    {
        var found = new HashSet<int>();
        foreach (var (i, element) in schema.Where(e => e.Type is not null).Index())
            if (element.LogicalType?.FLOAT16 is not null)
            {
                found.Add(i);
                element.LogicalType = null;
            }
        return found;
    }

    /// <summary>Bytes of a column in a row group before compression.</summary>
    public long UncompressedBytes(int group, DataField field)
    {
        using var g = reader.OpenRowGroupReader(group);
        return g.GetMetadata(field)?.MetaData?.TotalUncompressedSize ?? 0;
    }

    /// <summary>A flat column's values in a row group.</summary>
    /// <typeparam name="T">The field's type, nullable where the field is; strings are null where absent.</typeparam>
    /// <exception cref="LinearScalingException">The row group is damaged.</exception>
    public T[] Read<T>(int group, DataField field)
        where T : struct =>
        Read(
            group,
            field,
            async g =>
            {
                var values = new T[g.RowCount];
                await g.ReadAsync(field, values.AsMemory());
                return values;
            }
        );

    /// <summary>A nullable flat column's values in a row group.</summary>
    /// <exception cref="LinearScalingException">The row group is damaged.</exception>
    public T?[] ReadNullable<T>(int group, DataField field)
        where T : struct =>
        Read(
            group,
            field,
            async g =>
            {
                var values = new T?[g.RowCount];
                await g.ReadAsync(field, values.AsMemory());
                return values;
            }
        );

    /// <summary>A flat column's texts in a row group; null where there is none.</summary>
    /// <exception cref="LinearScalingException">The row group is damaged.</exception>
    public string?[] ReadTexts(int group, DataField field) =>
        Read(
            group,
            field,
            async g =>
            {
                var values = new string?[g.RowCount];
                await g.ReadAsync(field, values.AsMemory()!);
                return values;
            }
        );

    /// <summary>A column's values with their levels, as nested columns need.</summary>
    /// <exception cref="LinearScalingException">The row group is damaged.</exception>
    public RawColumnData ReadRaw(int group, DataField field) =>
        Read(group, field, async g => await g.ReadRawColumnDataBaseAsync(field));

    public void Dispose()
    {
        reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        stream.Dispose();
    }

    private T Read<T>(int group, DataField field, Func<ParquetRowGroupReader, Task<T>> read) =>
        Guard(
            $"{path}: row group {group}",
            remedy,
            async () =>
            {
                using var g = reader.OpenRowGroupReader(group);
                var column =
                    g.GetMetadata(field)?.MetaData
                    ?? throw new InvalidDataException($"it has no column {NameOf(field)}");
                if (field.MaxRepetitionLevel == 0 && column.NumValues != g.RowCount)
                    throw new InvalidDataException($"{column.NumValues} values in {g.RowCount} rows");
                var first = column.DictionaryPageOffset is > 0 and var dictionary
                    ? Math.Min(dictionary, column.DataPageOffset)
                    : column.DataPageOffset;
                ParquetPages.Check(stream.SafeFileHandle, first, column.NumValues);
                return await read(g);
            }
        );

    private static T Guard<T>(string where, string remedy, Func<Task<T>> call)
    {
        try
        {
            return call().GetAwaiter().GetResult();
        }
        catch (Exception e) when (ParquetDamage.Is(e))
        {
            var mend =
                e is NotSupportedException
                    ? "the file is sound; write that column in another type or encoding, as double of Parquet version 1"
                    : remedy;
            throw new LinearScalingException(
                $"{where}: cannot be read as Parquet ({e.Message.ReplaceLineEndings(" ")}); {mend}",
                e
            );
        }
    }
}
