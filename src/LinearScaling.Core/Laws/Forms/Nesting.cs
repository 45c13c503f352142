namespace LinearScaling.Laws.Forms;

/// <summary>A larger form of which another one is a special case: as many of its parameters are held as it has
/// more.</summary>
/// <param name="Form">The larger form's name.</param>
/// <param name="AtBound">How many of those are held at the end of their range, as E at 0: there the likelihood ratio is
/// a mixture (Self and Liang, 1987), since chance can pull them to one side only.</param>
public sealed record Nesting(string Form, int AtBound = 0);
