using LinearScaling.Input;
using LinearScaling.Preparing;
using LinearScaling.Sequences;
using LinearScaling.Shards;
using LinearScaling.Text;

namespace LinearScaling.Tests.Sequences;

/// <summary>Data whose details do not matter to a test.</summary>
internal static class Some
{
    /// <summary>A text file that makes about <paramref name="pieces"/> documents.</summary>
    public static string TextFile(int pieces)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("lcs-test-").FullName, "some.txt");
        using var writer = File.CreateText(file);
        for (var line = 0; line < pieces * 1000; line++)
            writer.Write(
                $"line {line} says {line * 7919L % 10007}, and no other line does so in these "
                    + $"words.\n{(line % 10 == 9 ? "\n" : "")}"
            );
        return file;
    }

    public static Corpus Corpus(string? data, string? tokenizer = null) =>
        LinearScaling.Sequences.Corpus.Open(data, tokenizer, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A directory of shards with one training row group, to be damaged.</summary>
    public static string ShardDirectory() => Prepared([TextFile(pieces: 4)], new PrepareOptions());

    public static string Text(ReadOnlySpan<int> tokens) => new ByteTokenizer().Decode(tokens);

    public static string Folder() => Directory.CreateTempSubdirectory("lcs-test-").FullName;

    /// <summary>Prepares files with the byte tokenizer into a new directory.</summary>
    public static string Prepared(string[] files, PrepareOptions options, int threads = 2, string? column = null)
    {
        var directory = Path.Combine(Folder(), "shards");
        Prepare(files, options, directory, threads, column);
        return directory;
    }

    public static Manifest Prepare(
        string[] files,
        PrepareOptions options,
        string directory,
        int threads = 2,
        string? column = null,
        Action<PrepareProgress>? report = null,
        CancellationToken? cancellationToken = null
    ) =>
        new Preparation(
            InputFiles.Parts(InputFiles.Find(files).Files, column),
            new ByteTokenizer(),
            options,
            directory,
            report
        )
            .RunAsync(threads, cancellationToken ?? TestContext.Current.CancellationToken)
            .GetAwaiter()
            .GetResult();

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
