using System.Diagnostics;
using System.Runtime.InteropServices;
using LinearScaling.Torch.Collectives;

namespace LinearScaling.Tests.Torch.Collectives;

/// <summary>What lcs does with NCCL, on a stand-in compiled from nccl_standin.c whose ranks are threads; the real one
/// is tried in CudaTests.</summary>
public sealed unsafe class NcclTests : IDisposable
{
    private static readonly Lazy<nint> StandIn = new(Compile);
    private readonly List<LostRankException> lost = [];

    public void Dispose()
    {
        if (StandIn.Value != 0)
            SetAsyncError(0);
    }

    /// <summary>Sizes that divide, which are one call, and that do not, which are a call a slice.</summary>
    [Theory]
    [InlineData(2, 256)]
    [InlineData(3, 1000)]
    [InlineData(4, 70)]
    public void Sums_gathers_and_broadcasts_are_those_of_messages(int ranks, long elements)
    {
        foreach (var type in (ScalarType[])[ScalarType.Float32, ScalarType.Float64])
        {
            float[][] Do(Func<Func<ICollectives, float[]>, float[][]> run) =>
                run(c =>
                {
                    using var scope = NewDisposeScope();
                    var flat = Values(c.Rank, elements).to(type);
                    c.AllReduce(flat, "values");
                    var second = Values(c.Rank + 10, elements).to(type);
                    c.Broadcast(second, "values");
                    c.Wait();
                    var group = ranks == 4 ? c.Neighbours(2) : c;
                    group.AllReduce(second, "values");
                    var texts = c.Gather($"rank {c.Rank}", CPU, "texts");
                    Assert.Equal(Enumerable.Range(0, ranks).Select(r => $"rank {r}"), texts);
                    return cat([flat, second], 0).to(ScalarType.Float32).data<float>().ToArray();
                });
            Assert.Equal(Do(work => ThreadRanks.Run(ranks, work)), Do(work => Run(ranks, work)));
        }
        Assert.Empty(lost);
    }

    [Fact]
    public void Its_version_is_told() => Assert.Equal("NCCL 2.28.3", Library().Version);

    [Fact]
    public void A_failure_it_reports_later_ends_the_run()
    {
        Run(
            1,
            c =>
            {
                c.Settings.Step = 7;
                using var flat = ones(64);
                c.AllGather(flat, 64, "parameters");
                SetAsyncError(2);
                Assert.True(SpinWait.SpinUntil(() => lost.Count > 0, 10_000));
                return Array.Empty<float>();
            },
            done: false
        );
        Assert.StartsWith(
            "the exchange of parameters of step 7 failed: unhandled system error (NCCL error 2)",
            lost[0].Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_call_that_does_not_end_in_time_ends_the_run()
    {
        var before = Aborted();
        Run(
            1,
            c =>
            {
                c.Settings.Patience = TimeSpan.FromSeconds(0.3);
                using var flat = ones(64);
                c.AllGather(flat, 64, "gradients");
                Assert.True(SpinWait.SpinUntil(() => lost.Count > 0, 10_000));
                return Array.Empty<float>();
            },
            done: false
        );
        Assert.StartsWith(
            "the exchange of gradients is not done after 0.3 s: a rank is hung or gone",
            lost[0].Message,
            StringComparison.Ordinal
        );
        Assert.True(Aborted() > before);
    }

    [Fact]
    public void A_call_it_refuses_names_the_exchange() =>
        Run(
            1,
            c =>
            {
                using var flat = ones(64);
                Assert.StartsWith(
                    "the exchange of values failed: invalid argument (NCCL error 4)",
                    Assert.Throws<LostRankException>(() => c.AllGather(flat, 64, "values")).Message,
                    StringComparison.Ordinal
                );
                return Array.Empty<float>();
            },
            stream: 76
        );

    private float[][] Run(int ranks, Func<ICollectives, float[]> work, bool done = true, nint stream = 77)
    {
        var library = Library();
        var id = library.NewId();
        return ThreadRanks.Run(
            ranks,
            c =>
            {
                using var nccl = new NcclCollectives(
                    library,
                    new HostStreams(done, stream),
                    c.Rank,
                    ranks,
                    id,
                    failure =>
                    {
                        lock (lost)
                            lost.Add(failure);
                    }
                );
                return work(nccl);
            }
        );
    }

    private static Tensor Values(int rank, long elements)
    {
        using var generator = new Generator((ulong)rank + 1);
        return randint(-1000, 1000, [elements], ScalarType.Float32, generator: generator);
    }

    private static NcclLibrary Library()
    {
        Assert.SkipWhen(StandIn.Value == 0, "needs a C compiler (cc) for the stand-in");
        return new NcclLibrary(StandIn.Value);
    }

    private static void SetAsyncError(int code) =>
        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(StandIn.Value, "standin_set_async_error"))(code);

    private static int Aborted() =>
        ((delegate* unmanaged<int>)NativeLibrary.GetExport(StandIn.Value, "standin_aborted"))();

    /// <returns>0 where there is no compiler.</returns>
    private static nint Compile()
    {
        var library = Path.Combine(Directory.CreateTempSubdirectory("lcs-nccl-").FullName, "libstandin.so");
        try
        {
            using var compiler = Process.Start(
                "cc",
                [
                    "-shared",
                    "-fPIC",
                    "-pthread",
                    "-o",
                    library,
                    Path.Combine(AppContext.BaseDirectory, "Collectives", "nccl_standin.c"),
                ]
            );
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? NativeLibrary.Load(library) : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }

    /// <summary>The host's order of work: everything is done when it returns.</summary>
    private sealed class HostStreams(bool done, nint stream) : IDeviceStreams
    {
        public nint Communication => stream;

        public void BeginCommunication() { }

        public nint Mark() => 1;

        public bool IsDone(nint mark) => done;

        public void EndCommunication() { }

        public void Dispose() { }
    }
}
