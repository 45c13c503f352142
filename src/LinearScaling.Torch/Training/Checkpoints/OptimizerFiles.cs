using System.Globalization;
using LinearScaling.Runs;
using LinearScaling.Torch.Weights;

namespace LinearScaling.Torch.Training.Checkpoints;

/// <summary>
/// Adam's moments in a checkpoint: by parameter in one file, <c>exp_avg.NAME</c> and <c>exp_avg_sq.NAME</c>, or from
/// several processes in a file each, as stretches <c>exp_avg.NAME[first:end]</c> of one dimension. Either is read by
/// any number of processes.
/// </summary>
internal sealed class OptimizerFiles : IDisposable
{
    private const string First = "exp_avg.";
    private const string Second = "exp_avg_sq.";

    /// <summary>Name of the random state among them; nothing after initialisation draws from it yet.</summary>
    private const string RandomState = "random_state";

    private readonly CheckpointDirectory checkpoint;
    private readonly List<Safetensors> files = [];
    private readonly ILookup<string, Stretch> stretches;

    private readonly record struct Stretch(string Name, Safetensors File, string Entry, long Start, long Count);

    /// <exception cref="LinearScalingException">A file is malformed.</exception>
    public OptimizerFiles(CheckpointDirectory checkpoint)
    {
        this.checkpoint = checkpoint;
        foreach (var path in checkpoint.OptimizerFiles)
            files.Add(Safetensors.Open(path));
        stretches = files
            .SelectMany(f => f.Entries.Where(e => e.Name != RandomState).Select(e => Parse(f, e)))
            .ToLookup(s => s.Name);
    }

    /// <summary>The tensors of a file.</summary>
    /// <param name="whole">Whether the pieces are whole parameters, of a process that trains alone.</param>
    /// <param name="randomState">Null in the files of all processes but the first.</param>
    public static IEnumerable<(string Name, Tensor Tensor)> Tensors(
        IReadOnlyList<OptimizerPiece> pieces,
        bool whole,
        Tensor? randomState
    ) =>
        [
            .. pieces.Select(p => (First + Name(p, whole), whole ? p.ExpAvg.view(p.Spec.Shape) : p.ExpAvg)),
            .. pieces.Select(p => (Second + Name(p, whole), whole ? p.ExpAvgSq.view(p.Spec.Shape) : p.ExpAvgSq)),
            .. randomState is null ? [] : ((string, Tensor)[])[(RandomState, randomState)],
        ];

    /// <summary>Fills both moments of a piece.</summary>
    /// <exception cref="LinearScalingException">The files lack a part of it.</exception>
    public void ReadInto(OptimizerPiece piece)
    {
        Fill(First + piece.Spec.Name, piece.Start, piece.ExpAvg);
        Fill(Second + piece.Spec.Name, piece.Start, piece.ExpAvgSq);
    }

    public Tensor ReadRandomState() =>
        files.Find(f => f.Entries.Any(e => e.Name == RandomState)) is { } file
            ? file.Read(RandomState)
            : throw Missing(RandomState);

    public void Dispose() => files.ForEach(f => f.Dispose());

    private static string Name(OptimizerPiece piece, bool whole) =>
        whole
            ? piece.Spec.Name
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{piece.Spec.Name}[{piece.Start}:{piece.Start + piece.Count}]"
            );

    private void Fill(string name, long start, Tensor target)
    {
        var end = start + target.numel();
        var filled = 0L;
        foreach (var stretch in stretches[name])
        {
            using var scope = NewDisposeScope();
            var (from, to) = (Math.Max(start, stretch.Start), Math.Min(end, stretch.Start + stretch.Count));
            if (from >= to)
                continue;
            stretch.File.ReadRange(stretch.Entry, from - stretch.Start, target.narrow(0, from - start, to - from));
            filled += to - from;
        }
        if (filled != target.numel())
            throw Missing(name);
    }

    private static Stretch Parse(Safetensors file, SafetensorsEntry entry)
    {
        var count = entry.Shape.Aggregate(1L, (product, size) => product * size);
        return
            entry.Name.LastIndexOf('[') is var bracket and > 0
            && entry.Name[(bracket + 1)..^1].Split(':') is [var first, _]
            && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            ? new(entry.Name[..bracket], file, entry.Name, start, count)
            : new(entry.Name, file, entry.Name, 0, count);
    }

    private LinearScalingException Missing(string name) =>
        new($"{checkpoint.FullPath}: the optimizer's files lack '{name}', or a part of it");
}
