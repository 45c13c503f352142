using LinearScaling.Configuration;
using LinearScaling.Schedules;

namespace LinearScaling.Tests.Schedules;

public class HorizonTests
{
    [Theory]
    [InlineData("{name: steps, count: 7}", 7)]
    [InlineData("{name: tokens, count: 3e11}", 76294)] // the study's 300 B tokens
    [InlineData("{name: tokens, count: 3932160}", 1)]
    [InlineData("{name: tokens, count: 3932161}", 2)]
    [InlineData("{name: flops, count: 3932160e9}", 1)]
    [InlineData("{name: tokens_per_parameter, count: 20}", 51)]
    [InlineData("{name: wall_time, hours: 2}", 1441)] // of 5 seconds each
    public void A_horizon_is_a_number_of_steps_that_reaches_it(string yaml, long steps) =>
        Assert.Equal(
            steps,
            ConfigFile
                .Parse<Holder>("horizon: " + yaml, "h.yaml")
                .Horizon.Steps(
                    new StepCost(Tokens: 3_932_160, FlopsPerToken: 1e9, Parameters: 10_000_000, Seconds: 4.999)
                )
        );

    private sealed record Holder(Horizon Horizon);
}
