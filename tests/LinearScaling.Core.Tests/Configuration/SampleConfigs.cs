using LinearScaling.Configuration;
using LinearScaling.Schedules;

namespace LinearScaling.Tests.Configuration;

public sealed record RunConfig(int Seed, ModelConfig Model, LrSchedule Schedule);

public sealed record ModelConfig([Positive] int HiddenSize, [Positive] int NumHeads = 4) : IValidated
{
    public IEnumerable<string> Problems()
    {
        if (HiddenSize % NumHeads != 0)
            yield return $"hidden_size ({HiddenSize}) must be divisible by num_heads ({NumHeads})";
    }
}

public enum Precision
{
    Auto,
    Fp32,
    Bf16Mixed,
}

/// <summary>One key of every kind.</summary>
/// <param name="Seed">Where all randomness comes from.</param>
public sealed record EveryKind(
    ulong Seed = 1234,
    long Tokens = 1_000_000_000_000,
    [Range(0, 1)] double Momentum = 0.95,
    bool Resume = true,
    string Note = "null",
    string? Data = null,
    [Positive] int? Limit = null,
    Precision Precision = Precision.Bf16Mixed,
    [Default("[val_loss, \"bits per byte\"]")] IReadOnlyList<string>? Tasks = null,
    [Default("[1, 2]")] IReadOnlyList<int>? Layers = null,
    [Default("{accept: 'yes: no', b: c}")] IReadOnlyDictionary<string, string>? Labels = null,
    [Default("{name: cosine, warmup_steps: 10}")] LrSchedule? Schedule = null,
    [Default("[{weight: 1.5}, {path: b.parquet}]")] IReadOnlyList<Source>? Sources = null,
    LrSchedule? Cooldown = null
);

public sealed record Source(string Path = "a.parquet", double Weight = 1e-5);

public sealed record AllDefaults(EveryKind Inner);
