using LinearScaling.Files;

namespace LinearScaling.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-lock-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void One_takes_it_at_a_time()
    {
        var path = Path.Combine(folder, "lock");
        using (FileLock.TryTake(path))
            Assert.Null(FileLock.TryTake(path));
        using var again = FileLock.TryTake(path);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_wait_for_it_is_said_once_and_can_be_cancelled()
    {
        var path = Path.Combine(folder, "lock");
        using var taken = FileLock.Take(path, () => { }, TestContext.Current.CancellationToken);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(1100));
        var said = 0;
        Assert.Throws<OperationCanceledException>(() => FileLock.Take(path, () => said++, soon.Token));
        Assert.Equal(1, said);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_not_waited_for() =>
        Assert.Throws<DirectoryNotFoundException>(() =>
            FileLock.Take(Path.Combine(folder, "nowhere", "lock"), () => { }, TestContext.Current.CancellationToken)
        );
}
