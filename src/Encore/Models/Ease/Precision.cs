namespace Encore.Models;

/// <summary>The floating-point numbers that a closed form is solved in.</summary>
#pragma warning disable CA1720 // the types' names are what is meant
public enum Precision
{
    /// <summary>32 bits: half the memory and less than half the time.</summary>
    Single,

    /// <summary>64 bits, for the Gram matrix, its inverse and the weights; scores are rounded to 32 bits at the end.</summary>
    Double,
}
