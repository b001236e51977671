namespace Encore.Runs;

/// <summary>What a key's value looks like.</summary>
internal enum ConfigKind
{
    Text,
    Whole,
    Number,
    Boolean,

    /// <summary>Texts, which the command line has with commas between.</summary>
    Texts,

    /// <summary>Whole numbers, which the command line has with commas between.</summary>
    Wholes,
}
