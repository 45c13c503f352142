using LinearScaling.Configuration;

namespace LinearScaling.Tests.Configuration;

/// <summary>Keys that are properties: declared once by a base record, with other defaults where a variant has
/// them.</summary>
public class ConfigPropertyTests
{
    [Fact]
    public void A_property_is_a_key_whose_default_is_its_initialiser() =>
        Assert.Equal(new Plain { Width = 3, Mode = Precision.Fp32 }, Bind("body: {name: plain, width: 3}"));

    [Fact]
    public void A_variant_has_its_own_keys_and_defaults_beside_those_of_its_base()
    {
        var fancy = Assert.IsType<Fancy>(Bind("body: {name: fancy, width: 3, ribbon: blue}"));
        Assert.Equal(
            (3, Precision.Auto, 8, "blue", null),
            (fancy.Width, fancy.Mode, fancy.Size, fancy.Ribbon, fancy.Cap)
        );
    }

    [Fact]
    public void Required_unknown_and_forbidden_values_are_named_together()
    {
        var error = Assert.Throws<ConfigException>(() => Bind("body: {name: fancy, sise: 2, cap: -1}"));
        Assert.Equal(
            [
                "body.cap: must be greater than 0, got -1",
                "body.ribbon: missing key",
                "body.sise: unknown key; did you mean size? one of: width, mode, size, cap, ribbon",
                "body.width: missing key",
            ],
            error.Problems.Select(p => p[p.IndexOf("body", StringComparison.Ordinal)..]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void What_is_written_binds_to_the_same_with_the_keys_of_the_base_first()
    {
        var box = new Box(
            new Fancy
            {
                Width = 3,
                Ribbon = "red",
                Cap = 2,
            }
        );
        var yaml = ConfigWriter.Write(box);
        Assert.Equal("body:\n  name: fancy\n  width: 3\n  mode: auto\n  size: 8\n  cap: 2\n  ribbon: red\n", yaml);
        Assert.Equal(box, ConfigTree.Empty.With(yaml, "again").Bind<Box>());
    }

    [Fact]
    public void The_schema_shows_each_variant_s_default()
    {
        var keys = ConfigSchema.Keys<Box>();
        Assert.Equal(
            ["auto fancy", "fp32 plain"],
            keys.Where(k => k.Path == "body.mode").Select(k => $"{k.Default} {k.When}").Order()
        );
        var cap = keys.Single(k => k.Path == "body.cap");
        Assert.Equal(("integer", "null", "> 0", "How many at most."), (cap.Type, cap.Default, cap.Bound, cap.Meaning));
        Assert.Null(keys.Single(k => k.Path == "body.width").Default);
    }

    private static Body Bind(string yaml) => ConfigTree.Empty.With(yaml, "test.yaml").Bind<Box>().Body;

    public sealed record Box(Body Body);

    public abstract record Body
    {
        public static Registry Variants { get; } = new("body", ("plain", typeof(Plain)), ("fancy", typeof(Fancy)));

        [Positive]
        public required int Width { get; init; }

        public Precision Mode { get; init; } = Precision.Fp32;

        public int Size { get; init; } = 4;

        /// <summary>How many at most.</summary>
        [Positive]
        public int? Cap { get; init; }
    }

    public sealed record Plain : Body;

    public sealed record Fancy : Body
    {
        public Fancy() => (Mode, Size) = (Precision.Auto, 8);

        public required string Ribbon { get; init; }
    }
}
