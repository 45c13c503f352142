namespace LinearScaling.Laws;

/// <summary>A reason not to trust a fit, in words a reader can act on.</summary>
/// <param name="Code">A stable name, as <c>few_sizes</c>.</param>
/// <param name="Text">One sentence with the figures behind it.</param>
public sealed record Caution(string Code, string Text);
