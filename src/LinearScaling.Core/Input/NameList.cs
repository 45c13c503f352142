namespace LinearScaling.Input;

/// <summary>Names in a message: the first few, and how many more.</summary>
internal static class NameList
{
    private const int Shown = 8;

    public static string Join(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(Shown)) + (names.Count > Shown ? $" and {names.Count - Shown} more" : "");
}
