namespace LinearScaling.Input;

/// <summary>The SDK's reference text: one part, since a sentence said anywhere before is left out.</summary>
internal sealed record SamplePart(IReadOnlyList<string> Sources)
    : InputPart(SampleCorpus.Name, Sources.Sum(f => new FileInfo(f).Length) / 6)
{
    public override IReadOnlyList<string> Files => Sources;

    public override IEnumerable<string> Documents() => SampleCorpus.Documents(Sources);
}
