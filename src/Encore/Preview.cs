namespace Encore;

/// <summary>Diagnostics of interfaces that may still change.</summary>
internal static class Preview
{
    /// <summary>Writing networks from parts: layers, tape, jobs, and the open base classes of their models.</summary>
    public const string Networks = "ENCORE001";
}
