using LinearScaling.Laws.Points;

namespace LinearScaling.Tests.Laws.Tables;

/// <summary>Tables in a folder of their own, gone with it.</summary>
internal sealed class TableFile : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-table-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public string At(string name) => Path.Combine(folder, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public static TablePoints Points(string path, string columns, params string[] where) =>
        new(path, TablePoints.ParseColumns(columns), "6nd", 0, where);
}
