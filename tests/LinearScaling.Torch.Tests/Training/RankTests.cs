using LinearScaling.Schedules;
using LinearScaling.Tests.Torch.Collectives;
using LinearScaling.Torch.Configuration;
using LinearScaling.Torch.Devices;

namespace LinearScaling.Tests.Torch.Training;

/// <summary>A run of several ranks is the run of one: here ranks are threads, with MPI in RankProcessTests.</summary>
public sealed class RankTests : IDisposable
{
    private const int Steps = 12;
    private readonly string root = Directory.CreateTempSubdirectory("lcs-ranks-").FullName;

    public static TheoryData<string> Architectures => ["tnl", "hgrn2", "cosformer2", "llama"];

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Two_and_four_ranks_lose_what_one_does(string architecture)
    {
        var one = Train(Run(architecture, "one", exact: true), 1);
        foreach (var ranks in new[] { 2, 4 })
            AssertClose(one, Train(Run(architecture, $"of {ranks}", exact: true), ranks), exact: true);
        Assert.Equal(Train(Run(architecture, "again", exact: true), 2).Losses(), Run(architecture, "of 2").Losses());
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Accumulation_and_ranks_do_for_each_other(string architecture)
    {
        var accumulated = Train(Run(architecture, "accumulated", exact: true), 1);
        AssertClose(accumulated, Train(Run(architecture, "whole", microBatch: 4, exact: true), 1), exact: true);
        AssertClose(accumulated, Train(Run(architecture, "both", exact: true), 2), exact: true);
        AssertClose(accumulated, Train(Run(architecture, "ranks", microBatch: 4, exact: true), 2), exact: true);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_sharded_optimizer_computes_the_same_bits(string architecture)
    {
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Bf16])
        {
            var whole = Train(Run(architecture, $"whole {precision}", precision, Sharding.None), 2);
            var sharded = Train(Run(architecture, $"sharded {precision}", precision), 2);
            Assert.Equal(whole.Losses(), sharded.Losses());
            Assert.Equal(Norms(whole), Norms(sharded));
            Assert.Equal(
                whole.Directory.Checkpoint(Steps).WeightsHash,
                sharded.Directory.Checkpoint(Steps).WeightsHash
            );
        }
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void A_stop_changes_no_bit_and_another_number_of_ranks_only_rounding(string architecture)
    {
        var whole = Train(Run(architecture, "whole", Precision.Bf16), 2);
        var parts = Run(architecture, "parts", Precision.Bf16);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            ThreadRanks.Run(2, ranks => parts.Train(Steps, stopAfter: ranks.Rank == 0 ? 7 : int.MaxValue, ranks: ranks))
        );
        Assert.Equal(7, parts.Directory.Checkpoints()[^1].Step);
        ThreadRanks.Run(2, ranks => parts.Train(Steps, ranks: ranks));
        Assert.Equal(whole.Losses(), parts.Losses());
        Assert.Equal(whole.Directory.Checkpoint(Steps).WeightsHash, parts.Directory.Checkpoint(Steps).WeightsHash);

        var single = Train(Run(architecture, "single"), 1);
        var elastic = Run(architecture, "elastic");
        foreach (var (ranks, stop) in new[] { (4, 5), (1, 7), (2, 10), (1, int.MaxValue) })
            Continue(elastic, ranks, stop);
        AssertClose(single, elastic);

        static void Continue(TinyRun run, int ranks, int stopAfter)
        {
            try
            {
                ThreadRanks.Run(ranks, r => run.Train(Steps, stopAfter, ranks: r));
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
        }
    }

    [Theory]
    [InlineData("tnl", 2)]
    [InlineData("tnl", 4)]
    [InlineData("hgrn2", 2)]
    [InlineData("hgrn2", 4)]
    [InlineData("cosformer2", 2)]
    [InlineData("cosformer2", 4)]
    [InlineData("llama", 2)]
    [InlineData("llama", 4)]
    public void Stretches_of_sequences_learn_what_whole_ones_do(string architecture, int stretches)
    {
        // 21 tokens are not divisible, and documents end on both sides of the cuts
        TinyRun SharedBy(string name, int shared) =>
            Run(architecture, name, seqLen: 21, resetAfter: 3, stretches: shared, exact: true);
        var one = Train(SharedBy("one", 1), 1);
        AssertClose(one, Train(SharedBy("shared", stretches), stretches), exact: true);
        if (stretches == 2)
            AssertClose(one, Train(SharedBy("both", stretches), 4), exact: true);
    }

    [Fact]
    public void Every_step_tells_of_its_ranks()
    {
        var run = Train(Run("tnl", "told"), 2);
        Assert.All(
            run.Directory.ReadMetrics(),
            m =>
            {
                Assert.Equal(2, m.Ranks);
                Assert.InRange(m.SlowestRank!.Value, 0, 1);
                Assert.True(m.LagSeconds >= 0 && m.CommunicationSeconds > 0);
            }
        );
        Assert.All(Train(Run("tnl", "alone"), 1).Directory.ReadMetrics(), m => Assert.Null(m.Ranks));
    }

    [Fact]
    public void A_step_that_cannot_be_divided_is_refused()
    {
        Refused(3, c => c, "train.batch_tokens / data.seq_len (4 sequences) must be a multiple of 3, the processes");
        Refused(
            1,
            c => c with { Train = c.Train with { MicroBatch = 3 } },
            "a process's part of a step (4 of 4 sequences) must be a multiple of train.micro_batch (3)"
        );
        Refused(
            3,
            c => c with { Train = c.Train with { SequenceParallel = 2 } },
            "train.sequence_parallel (2) must divide the number of processes, 3"
        );
        Refused(
            2,
            c => c with { Train = c.Train with { MicroBatch = 1, OptimizerInBackward = true, MaxGradNorm = 0 } },
            "train.optimizer_in_backward updates a block"
        );

        void Refused(int ranks, Func<RunConfig, RunConfig> change, string message) =>
            Assert.StartsWith(
                message,
                Assert
                    .ThrowsAny<LinearScalingException>(() =>
                        ThreadRanks.Run(
                            ranks,
                            r =>
                                new TinyRun(Path.Combine(root, "refused"), "tnl", Precision.Fp32, change: change).Train(
                                    2,
                                    ranks: r
                                )
                        )
                    )
                    .Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_run_that_ends_by_the_clock_ends_by_one_clock()
    {
        var run = new TinyRun(
            Path.Combine(root, "clock"),
            "tnl",
            Precision.Fp32,
            change: c => c with { Train = c.Train with { Horizon = new WallTimeHorizon(1.5 / 3600) } }
        );
        var ends = ThreadRanks.Run(
            2,
            ranks =>
            {
                run.Train(steps: 0, ranks: ranks);
                return run.Directory.Checkpoints()[^1].Step;
            }
        );
        Assert.Equal(ends[0], ends[1]);
        Assert.Equal(ends[0], run.Directory.ReadMetrics()[^1].Step);
    }

    [Fact]
    public void An_update_within_the_backward_pass_is_shared_too()
    {
        Func<RunConfig, RunConfig> change = c =>
            c with
            {
                Train = c.Train with { OptimizerInBackward = true, MaxGradNorm = 0 },
            };
        var one = new TinyRun(Path.Combine(root, "one"), "tnl", Precision.Fp32, 4, change, exact: true);
        var two = new TinyRun(Path.Combine(root, "two"), "tnl", Precision.Fp32, 2, change, exact: true);
        AssertClose(Train(one, 1), Train(two, 2), exact: true);
    }

    private static TinyRun Train(TinyRun run, int ranks)
    {
        ThreadRanks.Run(ranks, r => run.Train(Steps, ranks: r));
        return run;
    }

    /// <param name="exact">fp64 at a learning rate at which a tiny model amplifies rounding; else fp32 at a usual
    /// one.</param>
    private TinyRun Run(
        string architecture,
        string name,
        Precision precision = Precision.Fp32,
        Sharding sharding = Sharding.Optimizer,
        int seqLen = TinyRun.SeqLen,
        int? resetAfter = null,
        int stretches = 1,
        int microBatch = 1,
        bool exact = false
    ) =>
        new(
            Path.Combine(root, name),
            architecture,
            precision,
            microBatch: microBatch,
            change: c =>
                c with
                {
                    Train = c.Train with
                    {
                        Shard = sharding,
                        SequenceParallel = stretches,
                        Optimizer = c.Train.Optimizer with { PeakLr = exact ? 1e-2 : 1e-3 },
                    },
                    Checkpoints = new CheckpointSchedule(Every: 10),
                },
            seqLen: seqLen,
            resetAfter: resetAfter,
            exact: exact
        );

    private static IEnumerable<double> Norms(TinyRun run) => run.Directory.ReadMetrics().Select(m => m.GradNorm);

    private static void AssertClose(TinyRun expected, TinyRun found, bool exact = false)
    {
        var (a, b) = (expected.Losses(), found.Losses());
        Assert.Equal(Steps, a.Count);
        Assert.Equal(Steps, b.Count);
        for (var i = 0; i < Steps; i++)
            Assert.True(
                Math.Abs(a[i] - b[i]) <= (exact ? 1e-8 : 1e-5) * a[i],
                $"step {i + 1}: {a[i]:R} against {b[i]:R}"
            );
    }
}
