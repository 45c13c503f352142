using LinearScaling.Files;
using LinearScaling.Shards;

namespace LinearScaling.Preparing;

/// <summary>The exclusive right to prepare shards in a directory: a lock that ends with the process.</summary>
internal sealed class WorkClaim : IDisposable
{
    private readonly FileLock taken;

    private WorkClaim(FileLock taken) => this.taken = taken;

    /// <summary>Waits until no other process works there, then makes sure that what is there belongs to this
    /// plan.</summary>
    /// <param name="waiting">Called where another process works there.</param>
    public static WorkClaim Take(
        string directory,
        string work,
        string planHash,
        Action waiting,
        CancellationToken cancellationToken
    )
    {
        var foreign =
            Directory.Exists(directory)
            && !Directory.Exists(work)
            && !File.Exists(Path.Combine(directory, Manifest.FileName))
            && Directory.EnumerateFileSystemEntries(directory).Any();
        if (foreign)
            throw new LinearScalingException($"{directory}: is not empty and holds no shards; choose another --output");
        Directory.CreateDirectory(work);
        var claim = new WorkClaim(Wait(Path.Combine(work, "lock"), waiting, cancellationToken));
        try
        {
            var plan = Path.Combine(work, "plan");
            var hash =
                File.Exists(Path.Combine(directory, Manifest.FileName)) ? Manifest.Read(directory).Plan
                : File.Exists(plan) ? File.ReadAllText(plan)
                : planHash;
            if (hash != planHash)
                throw PreparingMistakes.OtherPlan(directory);
            Directory.CreateDirectory(work); // another process may have finished, and removed it, while this one waited
            DurableFile.WriteAllText(plan, planHash);
            foreach (
                var half in Directory
                    .EnumerateFiles(directory, "*.tmp")
                    .Concat(Directory.EnumerateFiles(work, "*.tmp"))
                    .ToList()
            )
                File.Delete(half);
            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    public void Dispose() => taken.Dispose();

    private static FileLock Wait(string path, Action waiting, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return FileLock.Take(path, waiting, cancellationToken);
            }
            // Another process finished and removed the folder before the lock was opened. .NET says that the file is
            // missing, not the folder, when a third process has created the folder again.
            catch (IOException e) when (e is DirectoryNotFoundException or FileNotFoundException)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            }
        }
    }
}
