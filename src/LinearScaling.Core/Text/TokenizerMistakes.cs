using LinearScaling.Configuration;

namespace LinearScaling.Text;

/// <summary>What can be wrong with a tokenizer, in words a user can act on.</summary>
internal static class TokenizerMistakes
{
    public static LinearScalingException NoEndOfText(string path, IEnumerable<string> names) =>
        new($"{path}: has none of the end-of-text tokens {string.Join(", ", names)}");

    public static LinearScalingException NotReadable(string path, string problem) =>
        new(
            $"{path}: the model {problem}; lcs reads BPE models with byte fallback and the identity normalizer, "
                + $"as LLaMA's"
        );

    public static LinearScalingException Unknown(
        string name,
        IEnumerable<string> builtIn,
        IEnumerable<string> fileNames
    ) =>
        new(
            $"tokenizer: {NearestNames.Unknown("tokenizer", name, builtIn)}, or the path of a "
                + string.Join(" or ", fileNames)
        );

    public static LinearScalingException AddedToken(string path, string token) =>
        new(
            $"{path}: added token '{token}': lcs reads added tokens from text only where a tokenizer works on bytes, "
                + "and after normalization; mark the token special, or take it out"
        );

    public static LinearScalingException OtherType(string path, string? type) =>
        new($"{path}: a tokenizer of type {type ?? "unknown"}; lcs reads those of type BPE");
}
