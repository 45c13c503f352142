namespace LinearScaling.Torch.Decoding;

/// <summary>What can be wrong with decoding, in words a user can act on.</summary>
internal static class DecodingMistakes
{
    public static LinearScalingException NotFinite(string prompt) =>
        new(
            $"the model's logits after '{(prompt.Length > 60 ? "..." + prompt[^60..] : prompt)}' are not numbers: a "
                + $"weight is not finite, or the arithmetic overflows; try another checkpoint, or --dtype fp32"
        );
}
