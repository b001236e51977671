using System.Runtime.InteropServices;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>The few OpenBLAS functions that Encore's kernels are compared with, where the library is installed
/// (eng/install-test-dependencies.sh). Nothing in Encore itself calls them.</summary>
internal sealed unsafe class OpenBlas
{
    /// <summary>What to say where <see cref="Load"/> finds nothing.</summary>
    public const string Missing = "OpenBLAS is not installed (eng/install-test-dependencies.sh installs it)";

    private const int RowMajor = 101, AsItLies = 111, Transposed = 112;
    private const byte Upper = (byte)'U';

    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so", "libopenblas"];

    private readonly delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*,
        int, void> _gemm;
    private readonly delegate* unmanaged<byte*, int*, float*, int*, int*, nint, void> _factor, _invert;
    private readonly delegate* unmanaged<int, void> _setThreads;
    private readonly delegate* unmanaged<byte*> _core, _config;

    private OpenBlas(nint library)
    {
        _gemm = (delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int,
            void>)NativeLibrary.GetExport(library, "cblas_sgemm");
        _factor = (delegate* unmanaged<byte*, int*, float*, int*, int*, nint, void>)
            NativeLibrary.GetExport(library, "spotrf_");
        _invert = (delegate* unmanaged<byte*, int*, float*, int*, int*, nint, void>)
            NativeLibrary.GetExport(library, "spotri_");
        _setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
        _core = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_corename");
        _config = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_config");
    }

    /// <summary>The kernels in use, such as Zen: OPENBLAS_CORETYPE chooses them before the library loads.</summary>
    public string Core => Marshal.PtrToStringUTF8((nint)_core()) ?? "";

    /// <summary>Version and build options.</summary>
    public string Config => Marshal.PtrToStringUTF8((nint)_config())?.Trim() ?? "";

    /// <summary>The library, or null where it is not installed.</summary>
    public static OpenBlas? Load()
    {
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "spotri_", out _))
            {
                return new OpenBlas(library);
            }
        }

        return null;
    }

    public void SetThreads(int count) => _setThreads(count);

    /// <summary>C = op(A)·op(B), row-major and without gaps.</summary>
    public void Gemm(
        Transpose ta, Transpose tb, int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c)
    {
        fixed (float* pa = a, pb = b, pc = c)
        {
            _gemm(RowMajor, ta == Transpose.No ? AsItLies : Transposed, tb == Transpose.No ? AsItLies : Transposed,
                m, n, k, 1, pa, ta == Transpose.No ? k : m, pb, tb == Transpose.No ? n : k, 0, pc, n);
        }
    }

    /// <summary>A⁻¹ in the lower triangle of a row-major A: LAPACK's columns make it the upper one.</summary>
    /// <exception cref="ArithmeticException">A is not positive definite.</exception>
    public void SymmetricInverse(Span<float> a, int n)
    {
        byte upper = Upper;
        int factored = 0, inverted = 0;
        fixed (float* pa = a)
        {
            _factor(&upper, &n, pa, &n, &factored, 1);
            if (factored == 0)
            {
                _invert(&upper, &n, pa, &n, &inverted, 1);
            }
        }

        if (factored != 0 || inverted != 0)
        {
            throw new ArithmeticException($"spotrf said {factored}, spotri {inverted}; expected 0.");
        }
    }
}
