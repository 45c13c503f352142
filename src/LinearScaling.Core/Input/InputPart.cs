namespace LinearScaling.Input;

/// <summary>A range of input text that one thread reads from its start to its end.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="TextBytes">About how many bytes of text it has; only the plan relies on it.</param>
public abstract record InputPart(string File, long TextBytes)
{
    /// <summary>The texts of its documents, in order; none is empty.</summary>
    public abstract IEnumerable<string> Documents();
}

/// <summary>The SDK's reference text: one part, since a sentence that occurred before is left out.</summary>
internal sealed record SamplePart(IReadOnlyList<string> Files)
    : InputPart(SampleCorpus.Name, Files.Sum(f => new FileInfo(f).Length) / 6)
{
    public override IEnumerable<string> Documents() => SampleCorpus.Documents(Files);
}
