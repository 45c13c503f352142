using LinearScaling.Preparing;
using LinearScaling.Shards;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Preparing;

public class PreparationTests
{
    private static readonly PrepareOptions Small = new(Seed: 5, RowGroupTokens: 1 << 14, ShardTokens: 1 << 17);

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        string[] files = [Some.TextFile(8), Some.TextFile(3)];
        var one = Some.Prepared(files, Small, threads: 1);
        var four = Some.Prepared(files, Small, threads: 4);
        Assert.True(Directory.GetFiles(one).Length > 5);
        AssertSameFiles(one, four);
    }

    [Fact]
    public void An_interrupted_preparation_goes_on_and_ends_with_the_same_bytes()
    {
        string[] files = [Some.TextFile(8), Some.TextFile(3)];
        var undisturbed = Some.Prepared(files, Small);
        var directory = Path.Combine(Some.Folder(), "shards");
        var random = new Random(1);
        for (var attempt = 0; ; attempt++)
        {
            using var stop = new CancellationTokenSource();
            var reportsLeft = random.Next(attempt < 12 ? 40 : int.MaxValue);
            try
            {
                Some.Prepare(
                    files,
                    Small,
                    directory,
                    threads: 2,
                    report: _ =>
                    {
                        if (--reportsLeft == 0)
                            stop.Cancel();
                    },
                    cancellationToken: stop.Token
                );
                break;
            }
            catch (OperationCanceledException)
            {
                Assert.False(File.Exists(Path.Combine(directory, Manifest.FileName)));
            }
        }
        AssertSameFiles(undisturbed, directory);
        Assert.False(Directory.Exists(Path.Combine(directory, ".prepare")));
    }

    [Fact]
    public void The_seed_changes_the_order_and_not_what_is_held_out()
    {
        string[] files = [Some.TextFile(8)];
        var one = Manifest.Read(Some.Prepared(files, Small));
        var other = Manifest.Read(Some.Prepared(files, Small with { Seed = 6 }));
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);
        Assert.Equal(
            one.ShardsIn(Split.Validation).Sum(s => s.RowGroups.Sum(g => g.TextBytes)),
            other.ShardsIn(Split.Validation).Sum(s => s.RowGroups.Sum(g => g.TextBytes))
        );
    }

    [Fact]
    public void Duplicates_are_dropped_on_request_and_never_straddle_the_split()
    {
        var file = Path.Combine(Some.Folder(), "twice.jsonl");
        File.WriteAllLines(
            file,
            Enumerable.Range(0, 2000).Select(i => $$"""{"text": "document number {{i % 1000}} of them"}""")
        );
        var kept = Manifest.Read(Some.Prepared([file], Small));
        var dropped = Manifest.Read(Some.Prepared([file], Small with { DropDuplicates = true }));
        int Documents(Manifest m, Split split) => m.ShardsIn(split).Sum(s => s.RowGroups.Sum(g => g.Documents));
        Assert.Equal(
            (2000, 1000),
            (
                Documents(kept, Split.Train) + Documents(kept, Split.Validation),
                Documents(dropped, Split.Train) + Documents(dropped, Split.Validation)
            )
        );
        Assert.True(Documents(kept, Split.Validation) % 2 == 0 && Documents(kept, Split.Validation) > 0);
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void No_held_out_text_is_in_a_training_shard(ulong seed, bool dropDuplicates)
    {
        var file = Path.Combine(Some.Folder(), "some.jsonl");
        // 500 of them twice
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => $"document number {i % 2500} of them")];
        File.WriteAllLines(file, texts.Select(t => $$"""{"text": "{{t}}"}"""));
        var corpus = Some.Corpus(
            Some.Prepared([file], Small with { Seed = seed, DropDuplicates = dropDuplicates, ValidationFraction = 0.1 })
        );
        List<string> Texts(Split split) =>
            [
                .. Enumerable
                    .Range(0, corpus.Manifest.ShardsIn(split).Sum(s => s.RowGroups.Count))
                    .SelectMany(g => corpus.Sample(split, g).Texts),
            ];
        var (train, heldOut) = (Texts(Split.Train), Texts(Split.Validation));
        // a tenth of the text; what stands around it in the JSON lines does not count
        Assert.InRange(heldOut.Count, 200, 350);
        Assert.Empty(train.Intersect(heldOut));
        Assert.Equal(
            (dropDuplicates ? texts.Distinct() : texts).Order(StringComparer.Ordinal),
            train.Concat(heldOut).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Something_else_is_not_overwritten()
    {
        string[] files = [Some.TextFile(2)];
        var directory = Some.Prepared(files, Small);
        var other = Assert.Throws<LinearScalingException>(() =>
            Some.Prepare(files, Small with { Seed = 9 }, directory)
        );
        Assert.Equal(
            $"{directory}: holds shards of other text, options or another tokenizer; choose another --output, or "
                + $"remove it",
            other.Message
        );
        Assert.Equal(Manifest.Read(directory).Fingerprint, Some.Prepare(files, Small, directory).Fingerprint);

        var mine = Some.Folder();
        File.WriteAllText(Path.Combine(mine, "thesis.txt"), "precious");
        var foreign = Assert.Throws<LinearScalingException>(() => Some.Prepare(files, Small, mine));
        Assert.Equal($"{mine}: is not empty and holds no shards; choose another --output", foreign.Message);
    }

    [Fact]
    public async Task Processes_that_race_for_the_cache_all_succeed()
    {
        var file = Some.TextFile(3);
        var corpora = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Some.Corpus(file))));
        Assert.Single(corpora.Select(c => c.Fingerprint).Distinct());
    }

    private static void AssertSameFiles(string expected, string actual)
    {
        static Dictionary<string, string> Files(string directory) =>
            Directory
                .GetFiles(directory)
                .ToDictionary(
                    f => Path.GetFileName(f),
                    f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))
                );
        Assert.Equal(Files(expected), Files(actual));
    }
}
