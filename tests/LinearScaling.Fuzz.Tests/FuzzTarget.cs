namespace LinearScaling.Tests.Fuzz;

/// <summary>A reader of files that others wrote.</summary>
/// <param name="Name">Also the folder of its past failures below Corpus.</param>
/// <param name="FileName">What its file is called.</param>
/// <param name="Seeds">Valid files.</param>
/// <param name="Read">Reads the file at a path, and all that is in it.</param>
/// <param name="Cost">How many cases of a cheap reader take as long as one of this.</param>
internal sealed record FuzzTarget(
    string Name,
    string FileName,
    Func<IReadOnlyList<byte[]>> Seeds,
    Action<string> Read,
    int Cost = 1
)
{
    public override string ToString() => Name;
}
