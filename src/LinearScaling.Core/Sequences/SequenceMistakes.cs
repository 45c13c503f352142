namespace LinearScaling.Sequences;

/// <summary>What can be wrong with prepared data as training sequences, in words a user can act on.</summary>
internal static class SequenceMistakes
{
    public static LinearScalingException OtherTokenizer(
        string directory,
        string made,
        string madeHash,
        string wanted,
        string wantedHash
    ) =>
        new(
            $"{directory}: its shards were made with tokenizer {made} "
                + $"({madeHash}), not {wanted} ({wantedHash}); prepare the text "
                + $"again with {wanted}"
        );

    public static LinearScalingException MixedTokenizers(
        string source,
        string tokenizer,
        string first,
        string firstTokenizer
    ) =>
        new(
            $"{source}: its tokenizer is {tokenizer}, that of {first} is "
                + $"{firstTokenizer}; corpora of one mixture need one tokenizer"
        );

    public static LinearScalingException TooFewTokens(string directory, long tokens, int seqLen) =>
        new(
            $"{directory}: {tokens} training tokens are too few for a sequence of {seqLen}; shorten "
                + $"the sequences or add text"
        );

    public static LinearScalingException NoValidation(string directory) =>
        new($"{directory}: holds no validation documents; prepare the data with a validation split");
}
