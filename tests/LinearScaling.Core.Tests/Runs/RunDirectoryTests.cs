using LinearScaling.Runs;
using LinearScaling.Tests.Sweeps;

namespace LinearScaling.Tests.Runs;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly FakeRuns runs = new();

    public void Dispose() => runs.Dispose();

    [Fact]
    public void Damaged_lines_of_metrics_are_dropped_on_resume_and_known_as_missing()
    {
        var run = runs.Add("a", 0);
        for (var step = 1; step <= 6; step++)
            run.AppendMetrics(new(step, step, 1, 2, 3, 4, 5, null, 6, 7, 8));
        var lines = File.ReadAllLines(run.MetricsFile);
        lines[2] = lines[2][..20];
        lines[3] = lines[3].Replace(":2,", ":x,", StringComparison.Ordinal);
        File.WriteAllLines(run.MetricsFile, lines);
        run.RewindMetrics(5);
        Assert.Equal([1, 2, 5], run.ReadMetrics().Select(m => m.Step));
        Assert.Equal([new StepRange(3, 4)], StepRange.Missing([1, 2, 5], 1, 5));
    }

    [Fact]
    public void Missing_steps_are_those_that_had_to_be_logged()
    {
        Assert.Empty(StepRange.Missing([10, 20, 25, 30], 10, 39));
        Assert.Equal([new StepRange(10, 10), new StepRange(30, 40)], StepRange.Missing([5, 20], 10, 40));
    }
}
