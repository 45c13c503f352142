using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LinearScaling.Files;

/// <summary>Files of one JSON record a line that survive crashes and several writers: a line is there whole or not at
/// all.</summary>
internal static class JsonLines
{
    /// <summary>More bytes than a line of metrics has.</summary>
    private const int LongestLine = 8192;

    /// <summary>The records in order. A last line cut off by a crash is left out; any other damaged line is
    /// named.</summary>
    public static List<T> Read<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        var records = new List<T>();
        if (!File.Exists(file))
            return records;
        var text = ReadShared(file);
        var number = 0;
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n')) // texts may hold other ends of lines
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            records.Add(Parse(line, $"{file}:{number}", type));
        }
        return records;
    }

    /// <param name="place">File and line, for the message.</param>
    public static T Parse<T>(string line, string place, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return StrictJson.Deserialize(line, type);
        }
        catch (JsonException e)
        {
            throw new LinearScalingException($"{place}: damaged line: {e.Message}", e);
        }
    }

    /// <summary>The last whole record, read from the end of the file; null where there is none or it is
    /// damaged.</summary>
    public static T? Last<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(file))
            return null;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(stream.Length, LongestLine), SeekOrigin.End);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var lines = reader.ReadToEnd().Split('\n');
        try
        {
            // what follows the last line feed is not whole
            return lines is [.., var last, _] ? JsonSerializer.Deserialize(last, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Appends whole lines under a lock that other processes respect, after removing an incomplete last line
    /// that a crash left.</summary>
    /// <param name="durable">Whether the lines are on the disk when the call returns.</param>
    public static void Append<T>(string file, IEnumerable<T> records, JsonTypeInfo<T> type, bool durable)
    {
        var lines = new StringBuilder();
        foreach (var record in records)
            lines.Append(JsonSerializer.Serialize(record, type)).Append('\n');
        using var fileLock = FileLock.TakeShort(file + ".lock");
        using var stream = new FileStream(
            file,
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        stream.SetLength(WholeLength(stream));
        stream.Seek(0, SeekOrigin.End);
        stream.Write(Encoding.UTF8.GetBytes(lines.ToString()));
        stream.Flush(flushToDisk: durable);
    }

    /// <summary>Replaces the file by one with the records that <paramref name="keep"/> accepts; damaged lines are
    /// dropped.</summary>
    public static void Filter<T>(string file, JsonTypeInfo<T> type, Func<T, bool> keep)
        where T : class
    {
        if (!File.Exists(file))
            return;
        using var fileLock = FileLock.TakeShort(file + ".lock");
        var text = ReadShared(file);
        var kept = text[..(text.LastIndexOf('\n') + 1)]
            .Split('\n')
            .Select(line => TryParse(line, type))
            .OfType<T>()
            .Where(keep)
            .Select(r => JsonSerializer.Serialize(r, type) + "\n");
        DurableFile.WriteAllText(file, string.Concat(kept));
    }

    /// <summary>Returns when the lines are on the disk.</summary>
    public static void Flush(string file)
    {
        if (!File.Exists(file))
            return;
        using var stream = new FileStream(
            file,
            FileMode.Open,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        stream.Flush(flushToDisk: true);
        DurableDirectory.Flush(Path.GetDirectoryName(file)!);
    }

    private static T? TryParse<T>(string line, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return string.IsNullOrWhiteSpace(line) ? null : JsonSerializer.Deserialize(line, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static long WholeLength(FileStream stream)
    {
        for (var length = stream.Length; length > 0; length--)
        {
            stream.Seek(length - 1, SeekOrigin.Begin);
            if (stream.ReadByte() == '\n')
                return length;
        }
        return 0;
    }
}
