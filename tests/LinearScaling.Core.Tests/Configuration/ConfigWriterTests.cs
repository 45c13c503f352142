using FsCheck.Xunit;
using LinearScaling.Configuration;
using LinearScaling.Schedules;

namespace LinearScaling.Tests.Configuration;

public class ConfigWriterTests
{
    [Fact]
    public void Every_key_is_written_with_its_value()
    {
        Assert.Equal(
            """
            inner:
              seed: 1234
              tokens: 1000000000000
              momentum: 0.95
              resume: true
              note: "null"
              data: null
              limit: null
              precision: bf16_mixed
              tasks: [val_loss, "bits per byte"]
              layers: [1, 2]
              labels:
                accept: "yes: no"
                b: c
              schedule:
                name: cosine
                warmup_steps: 10
                final_fraction: 0.1
                warmup_tokens: null
              sources:
                - path: a.parquet
                  weight: 1.5
                - path: b.parquet
                  weight: 1e-05
              cooldown: null

            """,
            ConfigWriter.Write(ConfigTree.Empty.Bind<AllDefaults>())
        );
    }

    [Fact]
    public void What_is_written_binds_to_the_same_text_again()
    {
        var tree = ConfigTree.Empty.With(
            "inner: {seed: 18446744073709551615, layers: [], labels: {}, sources: [], momentum: 0.30000000000000004}",
            "x"
        );
        var text = ConfigWriter.Write(tree.Bind<AllDefaults>());
        var again = ConfigFile.Parse<AllDefaults>(text, "config.yaml");
        Assert.Equal(text, ConfigWriter.Write(again));
        Assert.Equal((ulong.MaxValue, 0.1 + 0.2), (again.Inner.Seed, again.Inner.Momentum));
    }

    [Property]
    public bool Any_text_survives(string? text)
    {
        var note = Cleaned(text);
        var written = ConfigWriter.Write(new EveryKind(Note: note, Tasks: [note, note]));
        var again = ConfigFile.Parse<EveryKind>(written, "config.yaml");
        return again.Note == note && again.Tasks!.SequenceEqual([note, note]);
    }

    [Fact]
    public void The_hash_is_that_of_the_text_and_changes_with_any_value()
    {
        var config = new RunConfig(7, new ModelConfig(64), new CosineSchedule(10));
        // printf 'seed: 7\nmodel:\n  hidden_size: 64\n  num_heads: 4\nschedule:\n  name: cosine\n  warmup_steps: 10\n
        // final_fraction: 0.1\n  warmup_tokens: null\n' | sha256sum
        Assert.Equal("36feeeefc24d98a1", ConfigWriter.Hash(config));
        Assert.NotEqual(ConfigWriter.Hash(config), ConfigWriter.Hash(config with { Seed = 8 }));
    }

    /// <summary>Text YAML can hold: whole surrogate pairs.</summary>
    private static string Cleaned(string? text) =>
        string.Concat((text ?? "").EnumerateRunes().Where(r => r.Value != 0xfffd));
}
