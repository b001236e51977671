using System.Runtime.InteropServices;

namespace Encore.Numerics.Tests;

/// <summary>
/// Numbers that end (or begin) right at a page that may not be touched, so that a kernel that reads or writes past its
/// span ends the process instead of passing. Without mmap the memory is an ordinary one.
/// </summary>
internal sealed unsafe class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private const int ReadWrite = 3, PrivateAnonymous = 0x22;

    private readonly nint _map;
    private readonly nuint _length;
    private readonly T* _start;
    private readonly int _count;

    public GuardedMemory(int count, bool guardBefore = false)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint bytes = ((((nuint)count * (nuint)sizeof(T)) + page - 1) / page * page) + page;
        _count = count;
        if (!OperatingSystem.IsLinux())
        {
            _start = (T*)NativeMemory.AllocZeroed(bytes);
            return;
        }

        _length = bytes + page;
        _map = Pages.Map(0, _length, ReadWrite, PrivateAnonymous, -1, 0);
        if (_map == -1 || Pages.Protect(_map, page, 0) != 0 || Pages.Protect(_map + (nint)bytes, page, 0) != 0)
        {
            throw new InvalidOperationException($"No guarded memory: error {Marshal.GetLastPInvokeError()}.");
        }

        _start = guardBefore
            ? (T*)(_map + (nint)page)
            : (T*)(_map + (nint)bytes - (count * sizeof(T)));
    }

    public Span<T> Span => new(_start, _count);

    public void Dispose()
    {
        if (_map == 0)
        {
            NativeMemory.Free(_start);
        }
        else
        {
            _ = Pages.Unmap(_map, _length);
        }
    }
}

internal static class Pages
{
    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static extern nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static extern int Protect(nint address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap")]
    public static extern int Unmap(nint address, nuint length);
}
