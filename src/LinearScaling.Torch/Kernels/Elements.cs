using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LinearScaling.Torch.Kernels;

/// <summary>Elements in memory as floats, sixteen at a time: the row kernels compute in fp32, however elements are
/// stored.</summary>
internal unsafe interface IElements
{
    /// <summary>Elements of a vector.</summary>
    const int Width = 16;

    /// <summary>Elements of half a vector.</summary>
    const int Half = Width / 2;

    static abstract Vector512<float> Load(void* start, long index);

    static abstract Vector256<float> LoadHalf(void* start, long index);

    static abstract void Store(Vector512<float> values, void* start, long index);

    static abstract float One(void* start, long index);

    static abstract void StoreOne(float value, void* start, long index);
}

/// <summary>fp32.</summary>
internal readonly unsafe struct Fp32Elements : IElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* start, long index) => Vector512.Load((float*)start + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(void* start, long index) => Vector256.Load((float*)start + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, void* start, long index) => values.Store((float*)start + index);

    public static float One(void* start, long index) => ((float*)start)[index];

    public static void StoreOne(float value, void* start, long index) => ((float*)start)[index] = value;
}

/// <summary>bf16, the upper half of an fp32, rounded to the nearest and to even between two.</summary>
internal readonly unsafe struct Bf16Elements : IElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* start, long index)
    {
        if (Avx512F.IsSupported) // one instruction; the halves below are five
            return (Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)start + index)) << 16).AsSingle();
        return Vector512.Create(LoadHalf(start, index), LoadHalf(start, index + IElements.Half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadHalf(void* start, long index)
    {
        if (Avx2.IsSupported)
            return (Avx2.ConvertToVector256Int32(Vector128.Load((ushort*)start + index)) << 16).AsSingle();
        var (lower, upper) = Vector128.Widen(Vector128.Load((ushort*)start + index));
        return (Vector256.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> values, void* start, long index)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >>> 16) & Vector512.Create(1u))) >>> 16;
        rounded = Vector512.ConditionalSelect(
            Vector512.Equals(values, values).AsUInt32(),
            rounded,
            Vector512.Create(0x7FC0u)
        );
        if (Avx512F.IsSupported)
            Avx512F.ConvertToVector256UInt16(rounded).Store((ushort*)start + index);
        else
            Vector256.Narrow(rounded.GetLower(), rounded.GetUpper()).Store((ushort*)start + index);
    }

    public static float One(void* start, long index) =>
        BitConverter.UInt32BitsToSingle((uint)((ushort*)start)[index] << 16);

    public static void StoreOne(float value, void* start, long index)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        ((ushort*)start)[index] = float.IsNaN(value)
            ? (ushort)0x7FC0
            : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
