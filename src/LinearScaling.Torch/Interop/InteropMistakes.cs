using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Interop;

/// <summary>What can be wrong with a foreign model, in words a user can act on.</summary>
internal static class InteropMistakes
{
    public static LinearScalingException UnknownFormat(string name, IEnumerable<string> known) =>
        new($"--format: unknown format '{name}'; one of: {string.Join(", ", known)}");

    public static LinearScalingException NotImplemented(
        string path,
        string key,
        string found,
        IEnumerable<string> accepted
    ) => new($"{path}: {key}: lcs does not implement {found}; only {string.Join(" or ", accepted)}");

    public static LinearScalingException NotFloatingPoint(string path, string name, ScalarType found) =>
        new($"{path}: tensor '{name}': expected a floating-point dtype, found {SafetensorsType.Name(found)}");

    public static LinearScalingException HeadNotTied(string path, string embedding) =>
        new(
            $"{path}: tensor '{CheckpointLayout.HeadName}': differs from '{embedding}', though the model's head "
                + $"is tied to it (tie_word_embeddings)"
        );

    public static LinearScalingException Tensors(string path, string problem, IReadOnlyList<string> names) =>
        new($"{path}: tensor '{names[0]}': {problem}{(names.Count > 1 ? $", as are {names.Count - 1} more" : "")}");

    public static LinearScalingException Inexpressible(
        string checkpoint,
        string format,
        IEnumerable<string> problems
    ) => new($"{checkpoint}: {format} cannot express {string.Join("; ", problems)}");

    public static LinearScalingException OtherModel(string path) =>
        new($"{path}: does not fit the model beside it: its ids or rows are out of range");

    public static LinearScalingException OtherLogits(
        string path,
        int position,
        long token,
        double expected,
        double found
    ) =>
        new(
            $"{path}: the weights do not give the logits stored with them: position {position}, token "
                + $"{token}: expected {expected}, found {found}"
        );
}
