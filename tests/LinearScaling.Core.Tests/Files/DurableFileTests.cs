using LinearScaling.Files;

namespace LinearScaling.Tests.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lcs-files-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_written_file_stands_alone_and_replaces_the_old_one()
    {
        var file = Path.Combine(folder, "a.txt");
        DurableFile.WriteAllText(file, "old");
        DurableFile.WriteAllText(file, "new");
        Assert.Equal("new", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_pending_file_that_is_not_committed_changes_nothing()
    {
        var file = Path.Combine(folder, "a.txt");
        DurableFile.WriteAllText(file, "old");
        using (var pending = new PendingFile(file))
            pending.Stream.Write("half"u8);
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(folder));
    }

    [Fact]
    public void Nobody_sees_a_pending_file_before_it_is_committed()
    {
        var file = Path.Combine(folder, "a.txt");
        using var pending = new PendingFile(file);
        pending.Stream.Write("whole"u8);
        Assert.False(File.Exists(file));
        pending.Commit();
        Assert.Equal("whole", File.ReadAllText(file));
    }

    [Fact]
    public void A_copy_takes_the_bytes_and_keeps_the_source()
    {
        var (from, to) = (Path.Combine(folder, "from"), Path.Combine(folder, "to"));
        File.WriteAllBytes(from, [1, 2, 3]);
        DurableFile.Copy(from, to);
        DurableFile.Copy(from, to);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(to));
        Assert.True(File.Exists(from));
    }

    [Fact]
    public void A_removed_directory_leaves_nothing_and_may_be_absent()
    {
        var directory = Path.Combine(folder, "step-1");
        Directory.CreateDirectory(Path.Combine(directory, "below"));
        Directory.CreateDirectory(Path.Combine(folder, ".removed-step-1")); // of a process that was killed
        DurableDirectory.Remove(directory);
        DurableDirectory.Remove(directory);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void A_write_beyond_the_limit_on_file_sizes_is_a_failure_of_the_disk()
    {
        Assert.True(StorageFailure.Is(new IOException()));
        Assert.True(StorageFailure.Is(new UnauthorizedAccessException()));
        using var file = new PendingFile(Path.Combine(folder, "a"));
        var beyond = Assert.ThrowsAny<Exception>(() => file.Stream.SetLength(long.MaxValue));
        Assert.True(StorageFailure.Is(beyond), beyond.ToString());
        Assert.False(StorageFailure.Is(new ArgumentOutOfRangeException("value")));
        Assert.False(StorageFailure.Is(new InvalidOperationException()));
    }
}
