// Floors of their own, with an upward reference in each place where one can hide; nothing else uses them.
#pragma warning disable CA1812, CA1822, IDE0130

namespace Planted
{
    internal sealed class Noun;
}

namespace Planted.Storage
{
    internal static class InALambda
    {
        public static Func<int> Counter(Noun noun) => () => noun.GetHashCode() + Models.Model.Count;
    }

    internal static class InAConstraint
    {
        public static string Name<T>()
            where T : Models.IModel =>
            typeof(T).Name;
    }

    internal sealed class InASignature
    {
        public Models.Model? Model { get; init; }
    }

    internal static class Innocent
    {
        public static int Count(IEnumerable<Noun> nouns) => nouns.Count(n => n.GetHashCode() != 0);
    }
}

namespace Planted.Models
{
    internal interface IModel;

    internal sealed class Model : IModel
    {
        public static int Count { get; set; }

        public Storage.InASignature Stored { get; init; } = new();
    }
}
