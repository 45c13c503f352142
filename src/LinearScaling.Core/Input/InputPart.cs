namespace LinearScaling.Input;

/// <summary>A range of input text that one thread reads from its start to its end.</summary>
/// <param name="File">The file it is in.</param>
/// <param name="TextBytes">About how many bytes of text it has; only the plan relies on it.</param>
public abstract record InputPart(string File, long TextBytes)
{
    /// <summary>Every file that its text comes from.</summary>
    public virtual IReadOnlyList<string> Files => [File];

    /// <summary>How its bytes become text, for the identity of what is prepared from it.</summary>
    public virtual string Identity => GetType().Name;

    /// <summary>The texts of its documents, in order; none is empty.</summary>
    public abstract IEnumerable<string> Documents();
}
