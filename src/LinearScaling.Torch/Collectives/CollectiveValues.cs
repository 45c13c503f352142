using System.Text;

namespace LinearScaling.Torch.Collectives;

/// <summary>Small values of every rank, and what ranks agree on by them.</summary>
public static class CollectiveValues
{
    /// <summary>How often ranks that wait for a slow one hear from it.</summary>
    internal static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    /// <summary>The values of every rank, in the order of the ranks.</summary>
    /// <param name="device">Where the transport takes tensors from.</param>
    public static IReadOnlyList<double[]> Gather(
        this ICollectives collectives,
        double[] values,
        Device device,
        string what
    )
    {
        if (collectives.Size == 1)
            return [values];
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var all = zeros([collectives.Size * values.Length], ScalarType.Float64, device);
        all.narrow(0, collectives.Rank * values.Length, values.Length).copy_(tensor(values, ScalarType.Float64));
        collectives.AllGather(all, values.Length, what);
        collectives.Wait();
        return [.. all.cpu().data<double>().ToArray().Chunk(values.Length)];
    }

    /// <summary>Whether a condition holds on any rank.</summary>
    public static bool Any(this ICollectives collectives, bool here, Device device, string what) =>
        collectives.Gather([here ? 1 : 0], device, what).Any(v => v[0] != 0);

    /// <summary>A text of every rank, in the order of the ranks.</summary>
    public static IReadOnlyList<string> Gather(this ICollectives collectives, string text, Device device, string what)
    {
        if (collectives.Size == 1)
            return [text];
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var bytes = Encoding.UTF8.GetBytes(text);
        var lengths = collectives.Gather([bytes.Length], device, what).Select(v => (int)v[0]).ToList();
        var longest = Math.Max(1, lengths.Max());
        var all = new byte[collectives.Size * longest];
        bytes.CopyTo(all, collectives.Rank * longest);
        var flat = tensor(all, device: device);
        collectives.AllGather(flat, longest, what);
        collectives.Wait();
        var texts = flat.cpu().data<byte>().ToArray();
        return [.. lengths.Select((length, rank) => Encoding.UTF8.GetString(texts, rank * longest, length))];
    }

    /// <summary>Sums a tensor over the ranks, in their order.</summary>
    public static void AllReduce(this ICollectives collectives, Tensor flat, string what)
    {
        var slice = Slices.Length(flat.numel(), collectives.Size);
        collectives.ReduceScatter(flat, slice, what);
        collectives.AllGather(flat, slice, what);
    }

    /// <summary>Returns when every rank is here.</summary>
    public static void Barrier(this ICollectives collectives, Device device, string what) =>
        collectives.Gather([0], device, what);

    /// <summary>Does something that may take long, or fail, on some ranks alone. It runs on a thread of its own, so
    /// that the others know that this process lives; if it fails on any rank, all of them fail.</summary>
    /// <exception cref="AgreedFailureException">What failed, once for all ranks that say the same.</exception>
    public static T Agree<T>(this ICollectives collectives, Func<T> action, Device device, string what)
    {
        if (collectives.Size == 1)
            return action();
        var task = Task.Run(action);
        do task.Settle(Glance);
        while (collectives.Any(!task.IsCompleted, device, what));
        var failure = task.Exception?.InnerException;
        if (failure is not (null or LinearScalingException))
            task.GetAwaiter().GetResult(); // a bug: it ends the run
        var failures = collectives.Gather(failure?.Message ?? "", device, what);
        return failures.All(f => f == "")
            ? task.Result
            : throw new AgreedFailureException(CollectiveMistakes.Together(failures), failure);
    }

    /// <summary>Waits until a task has ended, well or not, or the time is over.</summary>
    internal static void Settle(this Task task, TimeSpan time) => Task.WhenAny(task).Wait(time);
}
