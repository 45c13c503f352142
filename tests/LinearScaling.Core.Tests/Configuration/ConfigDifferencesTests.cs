using LinearScaling.Configuration;
using LinearScaling.Schedules;

namespace LinearScaling.Tests.Configuration;

public class ConfigDifferencesTests
{
    [Fact]
    public void Each_key_that_differs_is_named_with_both_values() =>
        Assert.Equal(
            [
                "seed: 1 there, 2 here",
                "schedule.name: constant there, cosine here",
                "schedule.final_fraction: nothing there, 0.1 here",
            ],
            ConfigDifferences.Between(new Run(1, new ConstantSchedule(5)), new Run(2, new CosineSchedule(5)))
        );

    [Fact]
    public void Equal_configurations_do_not_differ() =>
        Assert.Empty(
            ConfigDifferences.Between(new Run(1, new ConstantSchedule(5)), new Run(1, new ConstantSchedule(5)))
        );

    private sealed record Run(int Seed, LrSchedule Schedule);
}
