using LinearScaling.Files;

namespace LinearScaling.Torch.Interop;

/// <summary>A folder that appears whole or not at all.</summary>
internal static class NewFolder
{
    /// <exception cref="LinearScalingException">There is something at that path, or it cannot be written.</exception>
    public static void Create(string path, Action<string> fill)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
            throw new LinearScalingException($"{path}: already there; name a folder that is not");
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            if (Directory.Exists(full))
                Directory.Delete(full);
            DurableDirectory.Move(temporary, full);
        }
        catch (Exception e) when (StorageFailure.Is(e))
        {
            throw new LinearScalingException($"{path}: cannot be written: {e.Message}", e);
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }
}
