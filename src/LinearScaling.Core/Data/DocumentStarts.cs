namespace LinearScaling.Data;

/// <summary>Where documents begin in a sequence, for models that reset their state there.</summary>
/// <remarks>No text encodes to the end-of-text token, so the tokens themselves say it: a document begins after each.</remarks>
public static class DocumentStarts
{
    /// <summary>Sets <paramref name="starts"/>[t] where input t is the first token after an end-of-text token, and nowhere else; the first input is left to the model, which starts afresh there anyway.</summary>
    public static void Find(ReadOnlySpan<int> tokens, int endOfText, Span<bool> starts)
    {
        for (var t = 0; t < starts.Length; t++)
            starts[t] = t > 0 && tokens[t - 1] == endOfText;
    }
}
