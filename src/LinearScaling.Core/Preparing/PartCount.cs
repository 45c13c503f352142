using LinearScaling.Input;

namespace LinearScaling.Preparing;

/// <summary>What was read from one part of the input; the parameters are those of <see cref="ReadFile"/>.</summary>
internal readonly record struct PartCount(int Documents, int Replaced, int FirstReplaced, string Sample)
{
    private const int SampleLength = 40;

    /// <summary>The count with one more document.</summary>
    public PartCount With(string text)
    {
        var counted = this with { Documents = Documents + 1 };
        return text.IndexOf('\uFFFD') switch
        {
            < 0 => counted,
            _ when Replaced > 0 => counted with { Replaced = Replaced + 1 },
            var at => counted with { Replaced = 1, FirstReplaced = counted.Documents, Sample = Around(text, at) },
        };
    }

    /// <summary>The parts of each file together, in their order.</summary>
    public static IReadOnlyList<ReadFile> ByFile(IEnumerable<InputPart> parts, IEnumerable<PartCount> counts) =>
        [
            .. parts
                .Zip(counts)
                .GroupBy(p => p.First.File, p => p.Second)
                .Select(file =>
                    file.Aggregate(
                        new ReadFile(file.Key, 0, 0, 0, ""),
                        (sum, part) =>
                            new(
                                sum.File,
                                sum.Documents + part.Documents,
                                sum.Replaced + part.Replaced,
                                sum.Replaced == 0 && part.Replaced > 0
                                    ? sum.Documents + part.FirstReplaced
                                    : sum.FirstReplaced,
                                sum.Replaced == 0 ? part.Sample : sum.Sample
                            )
                    )
                ),
        ];

    private static string Around(string text, int at)
    {
        var start = Math.Max(0, at - SampleLength / 2);
        var near = text.Substring(start, Math.Min(SampleLength, text.Length - start));
        return string.Concat(near.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)).Trim();
    }
}
