using System.Globalization;
using LinearScaling.Input;

namespace LinearScaling.Preparing;

/// <summary>What was read from one input file.</summary>
/// <param name="Documents">Documents with any text.</param>
/// <param name="Replaced">Those of them with U+FFFD, the character that stands for bytes which are not text.</param>
/// <param name="FirstReplaced">The number of the first of them, from 1; 0 where there is none.</param>
/// <param name="Sample">The text around its first U+FFFD.</param>
public sealed record ReadFile(string File, long Documents, long Replaced, long FirstReplaced, string Sample)
{
    /// <summary>For the user: which files were read, what lies beside them, and where bytes were replaced.</summary>
    public static IEnumerable<string> Describe(IReadOnlyList<ReadFile> files, IReadOnlyCollection<string> leftOut)
    {
        if (files.Count > 0)
            yield return $"read {NameList.Join([.. files.Select(f => $"{f.Name} ({Count(f.Documents)} documents)")])}";
        if (leftOut.Count > 0)
            yield return $"left out: {NameList.Join(leftOut)}; name a file to take it";
        foreach (var file in files.Where(f => f.Replaced > 0))
            yield return $"caution: {file.Name}: {Count(file.Replaced)} of {Count(file.Documents)} documents hold "
                + "U+FFFD, which stands for bytes that are not text; the first is document "
                + $"{Count(file.FirstReplaced)}: \"{file.Sample}\"; if the file is not UTF-8, name its --encoding";
    }

    /// <summary>The path as the user would write it.</summary>
    private string Name =>
        Path.GetRelativePath(Environment.CurrentDirectory, File) is var near
        && near.StartsWith("..", StringComparison.Ordinal)
            ? File
            : near;

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
