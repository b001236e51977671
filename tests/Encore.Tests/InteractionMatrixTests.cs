using Encore.Numerics;

namespace Encore.Tests;

public sealed class InteractionMatrixTests
{
    private static readonly CsrMatrix Csr = new(2, 3, [0, 2, 3], [0, 2, 1], [1f, 2.5f, 3f]);

    // Computed by Python's hashlib over little-endian offsets, columns, values and the order; checkpoints hold them.
    [Theory]
    [InlineData(false, "66594967c0dc27b3")]
    [InlineData(true, "045b403a4867309a")]
    public void Digest_SmallMatrix_IsTheShaOfItsArrays(bool ordered, string expected) =>
        new InteractionMatrix(IdMap.From(["a", "b"]), IdMap.From(["x", "y", "z"]), Csr, ordered ? [2, 0, 1] : null)
            .Digest().ShouldBe(expected);

    [Fact]
    public void Count_OfInteractions_IsThatOfTheStoredEntries() =>
        new InteractionMatrix(IdMap.From(["a", "b"]), IdMap.From(["x", "y", "z"]), Csr).Count.ShouldBe(3L);
}
