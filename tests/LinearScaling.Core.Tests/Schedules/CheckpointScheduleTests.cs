using LinearScaling.Schedules;

namespace LinearScaling.Tests.Schedules;

public class CheckpointScheduleTests
{
    [Fact]
    public void Pythias_cadence_is_powers_of_two_then_every_thousand()
    {
        var schedule = new CheckpointSchedule(LogFrom: 1, LogFactor: 2, Every: 1000);
        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 3000, 3456], Due(schedule, 3456));
    }

    [Fact]
    public void Log_spacing_alone_goes_on_to_the_end() =>
        Assert.Equal([10, 15, 22, 34, 51, 76, 100], Due(new CheckpointSchedule(LogFrom: 10, LogFactor: 1.5, Every: 0), 100));

    [Fact]
    public void The_last_step_is_always_saved() => Assert.Equal([1, 2, 3], Due(new CheckpointSchedule(), 3));

    private static IEnumerable<long> Due(CheckpointSchedule schedule, long total) =>
        Enumerable.Range(1, (int)total).Select(s => (long)s).Where(s => schedule.IsDue(s, total));
}
