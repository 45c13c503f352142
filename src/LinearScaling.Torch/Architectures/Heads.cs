namespace LinearScaling.Torch.Architectures;

/// <summary>Features to heads and back: head h is the features [h head_dim, (h + 1) head_dim).</summary>
public static class Heads
{
    /// <summary>[batch, time, heads * head_dim] to [batch, time, heads, head_dim].</summary>
    public static Tensor Split(Tensor x, int heads) => x.view(x.size(0), x.size(1), heads, x.size(2) / heads);

    /// <summary>[batch, heads, time, head_dim] to [batch, time, heads * head_dim].</summary>
    public static Tensor Merge(Tensor x) => x.transpose(1, 2).reshape(x.size(0), x.size(2), x.size(1) * x.size(3));
}
