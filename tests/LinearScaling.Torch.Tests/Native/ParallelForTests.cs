using LinearScaling.Torch.Native;

namespace LinearScaling.Tests.Torch.Native;

public class ParallelForTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_a_part_throws_reaches_the_caller_and_not_libtorch(int threads)
    {
        set_num_threads(threads);
        try
        {
            var error = Assert.Throws<InvalidOperationException>(() =>
                StableAbi.ParallelFor(
                    8,
                    i =>
                    {
                        if (i % 4 == 3)
                            throw new InvalidOperationException("part");
                    }
                )
            );
            Assert.Equal("part", error.Message);
        }
        finally
        {
            set_num_threads(1);
        }
    }
}
