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
        Assert.Equal(
            [10, 15, 22, 34, 51, 76, 100],
            Due(new CheckpointSchedule(LogFrom: 10, LogFactor: 1.5, Every: 0), 100)
        );

    [Fact]
    public void The_last_step_is_always_saved() => Assert.Equal([1, 2, 3], Due(new CheckpointSchedule(), 3));

    [Fact]
    public void Listed_steps_are_saved_beside_the_others() =>
        Assert.Equal([1, 2, 3, 4, 7, 8], Due(new CheckpointSchedule(At: [3, 7]), 8));

    [Fact]
    public void All_checkpoints_are_kept_unless_told_otherwise() =>
        Assert.Empty(new CheckpointSchedule().Superfluous([1, 2, 3], []));

    [Fact]
    public void Kept_are_the_last_every_kth_the_log_spaced_and_the_best()
    {
        long[] steps = [.. Enumerable.Range(1, 20).Select(i => 10L * i)];
        Assert.Equal(
            [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140, 150, 160, 170, 180],
            new CheckpointSchedule(KeepLast: 2).Superfluous(steps, [])
        );
        var schedule = new CheckpointSchedule(
            LogFrom: 10,
            LogFactor: 2,
            KeepLast: 1,
            KeepEvery: 50,
            KeepLogSpaced: true,
            KeepBest: 2
        );
        Assert.Equal(
            [10, 20, 40, 50, 70, 80, 100, 130, 150, 160, 200],
            steps.Except(schedule.Superfluous(steps, [130, 70, 30]))
        );
    }

    [Fact]
    public void Keeping_some_needs_to_keep_the_last() =>
        Assert.Single(new CheckpointSchedule(KeepEvery: 10).Problems());

    [Theory]
    [InlineData(1, 2, 1000, 3456)]
    [InlineData(10, 1.5, 0, 1000)]
    [InlineData(60, 1.3, 0, 120)]
    [InlineData(500, 2, 7, 300)]
    [InlineData(3, 1.05, 20, 2500)]
    [InlineData(1, 1.05, 1, 50)]
    public void Checkpoints_are_counted_as_they_are_due(int logFrom, double factor, int every, long total)
    {
        foreach (var at in (IReadOnlyList<long>?[])[null, [2, 77, total, total + 5]])
        {
            var schedule = new CheckpointSchedule(logFrom, factor, every, at);
            Assert.Equal(Due(schedule, total).LongCount(), schedule.CountDue(total));
        }
        Assert.InRange(new CheckpointSchedule().CountDue(3_000_000_000_000), 3_000_000_000, 3_000_000_020);
    }

    private static IEnumerable<long> Due(CheckpointSchedule schedule, long total) =>
        Enumerable.Range(1, (int)total).Select(s => (long)s).Where(s => schedule.IsDue(s, total));
}
