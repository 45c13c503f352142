namespace LinearScaling.Files;

/// <summary>The exceptions by which .NET tells of a disk that is full, read-only or failing.</summary>
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
