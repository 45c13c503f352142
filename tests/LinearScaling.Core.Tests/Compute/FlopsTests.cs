using LinearScaling.Compute;

namespace LinearScaling.Tests.Compute;

public sealed class FlopsTests
{
    [Fact]
    public void A_7b_model_keeps_67_mb_of_state_or_4_gb_of_keys_and_values()
    {
        Assert.Equal(67_108_864, new StateSize(32L * 4096 * 128).RecurrentBytes);
        Assert.Equal(4_294_967_296, new StateSize(Mixers: 0, KeyValue: 2L * 32 * 4096).KeyValueBytes(8192, 2));
    }

    [Fact]
    public void Models_are_compared_by_the_papers_count_where_all_have_one()
    {
        var counted = new Dictionary<string, double> { ["paper"] = 1, ["exact"] = 1 };
        var uncounted = new Dictionary<string, double> { ["exact"] = 1 };
        Assert.Equal("paper", Flops.Common([counted, counted]));
        Assert.Equal("exact", Flops.Common([counted, uncounted]));
    }
}
