namespace LinearScaling.Preparing;

/// <summary>What can go wrong while shards are prepared, in words a user can act on.</summary>
internal static class PreparingMistakes
{
    public static LinearScalingException NotPrepared(string directory, Exception e) =>
        new(
            $"{directory}: could not be prepared: {e.Message.ReplaceLineEndings(" ")}; once that is fixed, the "
                + $"same command goes on from what is finished",
            e
        );

    public static LinearScalingException NothingToTrainOn(string directory) =>
        new($"{directory}: no document is left to train on; the text has to make at least two documents");

    public static LinearScalingException OtherPlan(string directory) =>
        new(
            $"{directory}: holds shards of other text, options or another tokenizer; choose another "
                + $"--output, or remove it"
        );
}
