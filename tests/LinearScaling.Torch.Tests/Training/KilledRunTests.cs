namespace LinearScaling.Tests.Torch.Training;

public sealed class KilledRunTests : IDisposable
{
    private const int Kills = 20;

    /// <remarks>In memory where there is such a place: what a kill leaves does not depend on the disk, the time of
    /// 1,000 flushes does.</remarks>
    private readonly string root = Directory
        .CreateDirectory(
            Path.Combine(
                Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(),
                $"lcs-killed-{Guid.NewGuid():N}"
            )
        )
        .FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Twenty_kills_at_random_moments_change_no_loss_and_no_weight_of_any_architecture_and_precision()
    {
        var whole = Path.Combine(root, "whole");
        using (var process = KilledRuns.Start(whole))
        {
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }

        var random = new Random(20261126); // when a kill arrives still differs from run to run
        var (kills, round) = (0, 0);
        while (kills < Kills)
        {
            // another one where the runs were done before all kills
            var killed = Path.Combine(root, $"killed-{++round}");
            for (var done = false; !done; )
            {
                using var process = KilledRuns.Start(killed);
                process.StandardOutput.ReadLine();
                done = process.WaitForExit(kills < Kills ? random.Next(500) : -1);
                if (!done)
                {
                    process.Kill();
                    process.WaitForExit();
                    kills++;
                }
                else
                    Assert.Equal(0, process.ExitCode);
            }
            foreach (var (expected, found) in KilledRuns.In(whole).Zip(KilledRuns.In(killed)))
            {
                Assert.True(expected.Losses().SequenceEqual(found.Losses()), $"{found.Directory.FullPath}");
                Assert.Equal(
                    expected.Directory.Checkpoint(KilledRuns.Steps).WeightsHash,
                    found.Directory.Checkpoint(KilledRuns.Steps).WeightsHash
                );
                found.Directory.Checkpoint(KilledRuns.Steps).Verify();
            }
        }
    }
}
