using LinearScaling.Data;

namespace LinearScaling.Tests.Data;

/// <summary>Data whose details do not matter to a test.</summary>
internal static class Some
{
    /// <summary>A text file that makes about <paramref name="pieces"/> documents.</summary>
    public static string TextFile(int pieces)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("lcs-test-").FullName, "some.txt");
        using var writer = File.CreateText(file);
        for (var line = 0; line < pieces * 1000; line++)
            writer.Write($"line {line} says {line * 7919L % 10007}, and no other line does so in these words.\n{(line % 10 == 9 ? "\n" : "")}");
        return file;
    }

    public static Corpus Corpus(string? data, string? tokenizer = null) =>
        LinearScaling.Data.Corpus.Open(data, tokenizer, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A copy, to be damaged, of a prepared directory.</summary>
    public static string ShardDirectory()
    {
        Corpus(TextFile(pieces: 4));
        var cached = Directory.GetDirectories(Environment.GetEnvironmentVariable("LCS_CACHE")!, "some.txt-byte-*").First();
        var copy = Directory.CreateTempSubdirectory("lcs-test-").FullName;
        foreach (var file in Directory.GetFiles(cached))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    public static IEnumerable<int[]> Sequences(ISequenceSource source, long first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var tokens = new int[source.SeqLen + 1];
            source.Read(i, tokens);
            yield return tokens;
        }
    }
}
