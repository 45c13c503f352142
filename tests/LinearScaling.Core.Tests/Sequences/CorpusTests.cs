using LinearScaling.Shards;

namespace LinearScaling.Tests.Sequences;

public class CorpusTests
{
    [Fact]
    public void The_sample_corpus_is_megabytes_of_English_with_a_held_out_part()
    {
        var corpus = Some.Corpus(null);

        var validation = corpus.Validation(256);
        Assert.InRange(corpus.TrainTokens, 6_000_000, 16_000_000);
        Assert.InRange(validation.Tokens, corpus.TrainTokens / 100, corpus.TrainTokens / 30);
        using var sequences = corpus.Sequences(1024, seed: 1);
        var tokens = new int[1025];
        sequences.Read(0, tokens);
        var text = corpus.Tokenizer.Decode(tokens);
        Assert.Contains(" the ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<", text.Split('\n')[0], StringComparison.Ordinal);
        Assert.Equal(corpus.Fingerprint, Some.Corpus(null).Fingerprint);
    }

    [Fact]
    public void Every_validation_token_is_predicted_once_and_its_bytes_are_counted()
    {
        var corpus = Some.Corpus(Some.TextFile(pieces: 40));

        var validation = corpus.Validation(seqLen: 100);

        var targets = validation.SelectMany(s => s[1..].ToArray()).ToList();
        Assert.Equal(validation.Tokens, targets.Count);
        Assert.Equal(validation.TextBytes, targets.Count(t => t < 256));
        Assert.Equal(validation.Count, validation.Select(s => s).Count());
    }

    [Fact]
    public void No_validation_document_is_trained_on()
    {
        var file = Some.TextFile(pieces: 40);
        var corpus = Some.Corpus(file);

        var heldOut = string.Concat(corpus.Validation(1000).Select(s => corpus.Tokenizer.Decode(s[1..].Span)));
        using var sequences = corpus.Sequences(1000, seed: 3);
        var trained = string.Concat(
            Some.Sequences(sequences, 0, (int)(corpus.TrainTokens / 1000))
                .Select(s => corpus.Tokenizer.Decode(s.AsSpan(1)))
        );

        Assert.NotEmpty(heldOut);
        Assert.DoesNotContain(heldOut[..200], trained, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllText(file).Length,
            (long)heldOut.Length + corpus.Manifest.ShardsIn(Split.Train).Sum(s => s.RowGroups.Sum(g => g.TextBytes))
        );
    }

    [Fact]
    public void A_missing_and_a_truncated_shard_are_named()
    {
        var directory = Some.ShardDirectory();
        var shard = Path.Combine(directory, "train-00000.parquet");
        var bytes = File.ReadAllBytes(shard);

        File.WriteAllBytes(shard, bytes[..^10]);
        var truncated = Assert.Throws<LinearScalingException>(() => Some.Corpus(directory));
        File.Delete(shard);
        var missing = Assert.Throws<LinearScalingException>(() => Some.Corpus(directory));

        Assert.Equal(
            $"{shard}: holds {bytes.Length - 10} bytes, the manifest says {bytes.Length}: truncated or replaced; "
                + $"restore the file or prepare the data again",
            truncated.Message
        );
        Assert.Equal($"{shard}: this shard is missing; restore the file or prepare the data again", missing.Message);
    }

    [Fact]
    public void Another_tokenizer_than_the_shards_own_is_refused() =>
        Assert.Contains(
            "its shards were made with tokenizer byte",
            Assert.Throws<LinearScalingException>(() => Some.Corpus(Some.ShardDirectory(), "cl100k")).Message,
            StringComparison.Ordinal
        );
}
