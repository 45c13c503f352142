using LinearScaling.Runs;
using LinearScaling.Torch.Kernels.Cuda;
using LinearScaling.Torch.Native.Profiling;

namespace LinearScaling.Torch.Training.Logs;

/// <summary>A run's log that measures, and writes <c>profile.json</c> when the run ends or is interrupted. It belongs
/// to the thread that trains.</summary>
public sealed class ProfilingLog : IRunLog, IDisposable
{
    private static readonly string[] Products =
    [
        "aten::mm",
        "aten::addmm",
        "aten::addmm_",
        "aten::bmm",
        "aten::baddbmm",
        "aten::baddbmm_",
        "aten::mkldnn_linear",
        "aten::mv",
        "aten::addmv_",
        "aten::linear",
        "aten::matmul",
    ];

    private readonly IRunLog inner;
    private readonly RunDirectory run;
    private readonly CudaEvents? events;
    private readonly OperatorTimes? operators;
    private readonly List<long> liveTensors = [];
    private bool warm;
    private int steps;

    public ProfilingLog(IRunLog inner, RunDirectory run, Device device)
    {
        this.inner = inner;
        this.run = run;
        events = CudaEvents.Open(device);
        operators = device.type == DeviceType.CPU || events is not null ? OperatorTimes.Start(events) : null;
        Clock = new PhaseClock(device, operators);
    }

    /// <summary>The clock that the trainer tells its phases to.</summary>
    public PhaseClock Clock { get; }

    public void Resumed(long step) => inner.Resumed(step);

    public void Loss(long step, int micro, double loss) => inner.Loss(step, micro, loss);

    public void MicroBatch(long step, int done, int count)
    {
        operators?.Collect(); // a GPU's events are used again for the next
        inner.MicroBatch(step, done, count);
    }

    public void Step(StepRecord record)
    {
        inner.Step(record);
        if (warm)
        {
            steps++;
            liveTensors.Add(Tensor.TotalCount);
            return;
        }
        warm = true;
        Clock.Reset();
        operators?.Reset();
    }

    public void Saved(CheckpointDirectory checkpoint) => inner.Saved(checkpoint);

    public void Warning(string message) => inner.Warning(message);

    public void Dispose()
    {
        Clock.Enter(Phase.Other);
        if (steps > 0)
            run.WriteProfile(Profile());
        else
            inner.Warning("no profile: it needs at least two steps, and the first warms up");
        if (operators is { IsIncomplete: true })
            inner.Warning(
                "the profile lacks operators: there were more calls in a micro-batch than events to time them"
            );
        operators?.Dispose();
        events?.Dispose();
    }

    private TrainingProfile Profile()
    {
        var phases = Enum.GetValues<Phase>()
            .ToDictionary(p => p.ToString().ToLowerInvariant(), p => Clock[p].TotalSeconds / steps);
        var total = phases.Values.Sum();
        var totals = operators?.Totals() ?? new Dictionary<string, (long Calls, TimeSpan Self, TimeSpan Within)>();
        var times = totals
            .Select(o => new OperatorTime(o.Key, (double)o.Value.Calls / steps, o.Value.Self.TotalSeconds / steps))
            .OrderByDescending(o => o.Seconds)
            .ToList();
        // Time of libtorch's operators inside our own counts as our own operators' time.
        var kinds = totals
            .GroupBy(o => Kind(o.Key))
            .ToDictionary(g => g.Key, g => g.Sum(o => (o.Value.Self - o.Value.Within).TotalSeconds) / steps);
        if (operators is { } measured)
        {
            kinds["token mixer operators"] =
                kinds.GetValueOrDefault("token mixer operators") + measured.Whole.TotalSeconds / steps;
            kinds["saving"] = phases["save"];
            kinds["outside operators"] = total - kinds.Values.Sum();
        }
        return new TrainingProfile(steps, total, phases, kinds, times, [liveTensors[0], liveTensors[^1]]);
    }

    private static string Kind(string name) =>
        Products.Contains(name) ? "matrix products"
        : name.Contains("scaled_dot_product", StringComparison.Ordinal) ? "token mixer operators"
        : name.Contains("adamw", StringComparison.Ordinal) ? "optimizer"
        : name.StartsWith("lcs::", StringComparison.Ordinal) ? "fused kernels"
        : "other operators";
}
