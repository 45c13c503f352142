using LinearScaling.Torch.Devices;

namespace LinearScaling.Tests.Torch.Devices;

public class CudaDriverTests
{
    private const nint Before = 1;
    private const nint Primary = 2;

    [Fact]
    public void Free_and_total_bytes_are_those_of_the_device_s_context()
    {
        var driver = new FakeDriver();
        Assert.Equal((3, 4), CudaDriver.Memory(driver, 0));
        Assert.Equal([Before], driver.Contexts);
        Assert.Equal(0, driver.Retained);
    }

    [Theory]
    [InlineData("retain")]
    [InlineData("push")]
    [InlineData("memory")]
    [InlineData("memory throws")]
    public void Whatever_fails_the_thread_s_context_is_the_one_before_and_the_device_s_is_let_go(string failing)
    {
        var driver = new FakeDriver { Failing = failing };
        if (failing == "memory throws")
            Assert.Throws<InvalidOperationException>(() => CudaDriver.Memory(driver, 0));
        else
            Assert.Null(CudaDriver.Memory(driver, 0));
        Assert.Equal([Before], driver.Contexts);
        Assert.Equal(0, driver.Retained);
    }

    private sealed class FakeDriver : ICudaFunctions
    {
        public string? Failing { get; init; }
        public Stack<nint> Contexts { get; } = new([Before]);
        public int Retained { get; private set; }

        public nint? RetainContext(int index)
        {
            if (Failing == "retain")
                return null;
            Retained++;
            return Primary;
        }

        public void ReleaseContext(int index) => Retained--;

        public bool PushContext(nint context)
        {
            if (Failing == "push")
                return false;
            Contexts.Push(context);
            return true;
        }

        public void PopContext() => Contexts.Pop();

        public (long Free, long Total)? MemoryInfo() =>
            Failing switch
            {
                "memory" => null,
                "memory throws" => throw new InvalidOperationException(),
                _ => Contexts.Peek() == Primary ? (3, 4) : null,
            };
    }
}
