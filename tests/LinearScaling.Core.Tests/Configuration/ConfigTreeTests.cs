using FsCheck.Xunit;
using LinearScaling.Configuration;
using LinearScaling.Schedules;

namespace LinearScaling.Tests.Configuration;

public class ConfigTreeTests
{
    private static readonly ConfigTree Base = ConfigTree.Empty.With(
        """
        seed: 1
        model: {hidden_size: 64, num_heads: 2}
        schedule: {name: wsd, warmup_steps: 5, decay_fraction: 0.5}
        """,
        "base.yaml"
    );

    [Fact]
    public void Later_layers_win_key_by_key()
    {
        var config = Base.With("model: {num_heads: 8}", "mine.yaml")
            .WithSet("seed=2")
            .WithValue("--warmup", "schedule.warmup_steps", "7")
            .Bind<RunConfig>();
        Assert.Equal(new RunConfig(2, new ModelConfig(64, 8), new WarmupStableDecaySchedule(7, 0.5)), config);
    }

    [Fact]
    public void Another_variant_keeps_the_keys_it_knows_and_drops_those_of_the_one_before()
    {
        var config = Base.WithSet("schedule.name=cosine").Bind<RunConfig>();
        Assert.Equal(new CosineSchedule(5), config.Schedule);
    }

    [Fact]
    public void A_key_of_another_variant_in_the_same_layer_is_unknown()
    {
        var error = Assert.Throws<ConfigException>(() =>
            Base.With("schedule: {name: cosine, decay_fraction: 0.1}", "mine.yaml").Bind<RunConfig>()
        );
        Assert.Equal(
            "mine.yaml:1:26: schedule.decay_fraction: unknown key; did you mean final_fraction? one of: "
                + "warmup_steps, final_fraction, warmup_tokens",
            error.Message
        );
    }

    [Fact]
    public void A_set_value_is_placed_where_it_was_typed()
    {
        var tree = Base.WithSet("model.num_heads=many")
            .WithSet("modell.x=1")
            .WithSet("seed")
            .WithSet("model.hidden_size=[1")
            .WithSet("a..b=1");
        var error = Assert.Throws<ConfigException>(() => tree.Bind<RunConfig>());
        Assert.Equal(
            """
            --set seed: expected section.key=value
            --set model.hidden_size: not a YAML value: '[1'
            --set a..b=1: expected section.key=value
            --set model.num_heads: expected an integer, got 'many'
            --set modell: unknown key; did you mean model? one of: seed, model, schedule
            """,
            error.Message
        );
    }

    [Fact]
    public void A_value_replaces_a_section_and_the_other_way_round()
    {
        var error = Assert.Throws<ConfigException>(() => Base.WithSet("model=small").Bind<RunConfig>());
        Assert.Equal("--set model: expected a mapping, got 'small'", error.Message);
        Assert.Equal(
            new ModelConfig(8, 2),
            Base.WithSet("model=small").WithSet("model={hidden_size: 8, num_heads: 2}").Bind<RunConfig>().Model
        );
    }

    [Fact]
    public void Problems_of_several_files_come_in_the_order_of_the_files()
    {
        var error = Assert.Throws<ConfigException>(() =>
            Base.With("\n\nsaed: 1", "a.yaml").With("seed: x", "b.yaml").Bind<RunConfig>()
        );
        Assert.Equal(
            "a.yaml:3:1: saed: unknown key; did you mean seed? one of: seed, model, schedule\nb.yaml:1:7: seed: "
                + "expected an integer, got 'x'",
            error.Message
        );
    }

    [Property]
    public bool Whatever_the_text_the_answer_is_a_record_or_a_list_of_problems(string? text)
    {
        try
        {
            return ConfigTree.Empty.With(text ?? "", "x").WithSet("note=" + text).Bind<EveryKind>() is not null;
        }
        catch (ConfigException e)
        {
            return e.Problems.Count > 0;
        }
    }
}
