namespace LinearScaling.Files;

/// <summary>The files below a folder. Links to folders are followed, but no folder is entered twice: a link to a folder
/// above would otherwise repeat everything without end.</summary>
public static class FolderTree
{
    /// <param name="pattern">Of file names, as <c>run.json</c> or <c>*</c>.</param>
    /// <returns>Full paths, by folder in ordinal order.</returns>
    public static IEnumerable<string> Files(string root, string pattern) =>
        Files(new DirectoryInfo(Path.GetFullPath(root)), pattern, []);

    private static IEnumerable<string> Files(DirectoryInfo folder, string pattern, HashSet<string> entered)
    {
        if (!entered.Add(RealPath(folder)))
            yield break;
        foreach (var file in folder.EnumerateFiles(pattern).OrderBy(f => f.Name, StringComparer.Ordinal))
            yield return file.FullName;
        // what is here itself comes before what links lead to
        foreach (
            var inner in folder
                .EnumerateDirectories()
                .OrderBy(d => d.LinkTarget is not null)
                .ThenBy(d => d.Name, StringComparer.Ordinal)
        )
        foreach (var file in Files(inner, pattern, entered))
            yield return file;
    }

    /// <summary>The folder behind a link; a link whose folder is gone is itself.</summary>
    private static string RealPath(DirectoryInfo folder)
    {
        var parent = folder.Parent is { } above ? RealPath(above) : "";
        var target = folder.LinkTarget is null ? null : folder.ResolveLinkTarget(returnFinalTarget: true);
        return target is null ? Path.Combine(parent, folder.Name)
            : target.FullName == folder.FullName ? folder.FullName
            : RealPath(new DirectoryInfo(target.FullName));
    }
}
