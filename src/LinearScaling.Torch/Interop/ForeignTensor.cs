namespace LinearScaling.Torch.Interop;

/// <summary>One tensor of another code base's checkpoint.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Parts">The parameters of ours that it is, stacked along the first dimension.</param>
/// <param name="Shape">Its shape there, where that is not the stacked one.</param>
/// <param name="ExportFactor">What its values are multiplied with on export.</param>
internal sealed record ForeignTensor(
    string Name,
    IReadOnlyList<string> Parts,
    long[]? Shape = null,
    double ExportFactor = 1
)
{
    public ForeignTensor(string name, string part)
        : this(name, [part]) { }
}
