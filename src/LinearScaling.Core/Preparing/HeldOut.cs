namespace LinearScaling.Preparing;

/// <summary>Which documents are held out: those with the smallest hashes of their text, so that it depends on nothing
/// but the text.</summary>
internal sealed class HeldOut
{
    private readonly UInt128? limit;

    public HeldOut(IReadOnlyList<SpillFile> spills, PrepareOptions options)
    {
        if (options.ValidationFraction == 0)
            return;
        var most = Math.Min(options.MaxValidationBytes, options.ValidationFraction * spills.Sum(s => s.TextBytes));
        var bytes = 0L;
        var chosen = new List<(SpillFile Spill, Candidate Candidate)>();
        foreach (
            var (spill, candidate) in spills.SelectMany(s => s.Candidates.Select(c => (s, c))).OrderBy(c => c.c.Hash)
        )
        {
            bytes += candidate.TextBytes;
            if (bytes > most && limit is not null && candidate.Hash != limit)
                break;
            chosen.Add((spill, candidate));
            limit = candidate.Hash;
        }
        Documents = chosen.Select(c => c.Spill.Read(c.Candidate));
    }

    /// <summary>At least one where there is any document; they are read when enumerated.</summary>
    public IEnumerable<SpilledDocument> Documents { get; } = [];

    public bool Contains(SpilledDocument document) => document.Hash <= limit;
}
