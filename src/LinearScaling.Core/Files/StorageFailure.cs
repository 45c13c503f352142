namespace LinearScaling.Files;

/// <summary>What a disk that is full, forbids or fails looks like from .NET.</summary>
public static class StorageFailure
{
    /// <remarks>A write beyond a limit on file sizes (EFBIG) is an <see cref="ArgumentOutOfRangeException"/> of
    /// "value".</remarks>
    public static bool Is(Exception e) =>
        e
            is IOException
                or UnauthorizedAccessException
                or ArgumentOutOfRangeException { ParamName: "value", Source: "System.Private.CoreLib" };
}
