using System.Globalization;
using Encore.Numerics;

namespace Encore.Data;

/// <summary>Size and seed of the demo data.</summary>
public sealed record DemoOptions
{
    /// <summary>Number of users, at least 1. Default 1,000.</summary>
    public int Users { get; init; } = 1_000;

    /// <summary>Number of items, at least 1. Default 500.</summary>
    public int Items { get; init; } = 500;

    /// <summary>Number of taste groups, at least 4. Default 8.</summary>
    public int Groups { get; init; } = 8;

    /// <summary>The seed. Default 1.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>
/// A synthetic log with something to find for every model and protocol, and the truth behind it.
/// <code>
/// items   one taste group each; popularity falls by a Zipf law within the catalogue; a quality
/// users   an activity; a path through three neighbouring groups, drawn to the first most and to the last least
/// meet    independently for each user and item: p_ui = 1 − exp(−activity_u · popularity_i · pull_u(group_i))
/// rating  round(3.1 + quality_i + bias_u + match + noise) in 1…5, match higher on the path than off it
/// time    on the path the groups follow one another (drift); off it any time
/// </code>
/// Meetings are independent given the truth, so no ranking finds held-out likes better, on average, than the one by
/// <see cref="LikeProbability"/>, and no prediction has a smaller squared error than <see cref="ExpectedRating"/>: the
/// best that a model can reach is known. What is known beside the log tells of that truth, not all of it and not always
/// rightly: an item's genres and a user's favorite and age come from their groups, an item's decade from nothing.
/// </summary>
public sealed class DemoData
{
    private const double Noise = 0.75;

    private static readonly string[] Genres =
        ["Western", "Noir", "Comedy", "Romance", "Musical", "Adventure", "Fantasy", "Science Fiction", "Horror", "Thriller", "War", "Drama"];

    private static readonly string[] Ages = ["under 18", "18-24", "25-34", "35-49", "50 or more"];

    private readonly DemoOptions _options;
    private readonly double[] _popularity;
    private readonly double[] _quality;
    private readonly int[] _group;
    private readonly double[] _activity;
    private readonly double[] _bias;
    private readonly int[] _start;

    private readonly Lazy<Interactions> _interactions;

    // Streams of random numbers that no user has.
    private const ulong ItemStream = 1UL << 40, UserStream = ItemStream + 1;

    private DemoData(DemoOptions options)
    {
        _options = options;
        (_popularity, _quality, _group) = (new double[options.Items], new double[options.Items], new int[options.Items]);
        (_activity, _bias, _start) = (new double[options.Users], new double[options.Users], new int[options.Users]);

        var rng = new Rng(options.Seed, 0);
        int[] ranks = [.. Enumerable.Range(0, options.Items)];
        rng.Shuffle(ranks.AsSpan());
        double sum = 0;
        for (int i = 0; i < options.Items; i++)
        {
            _popularity[i] = 1.0 / (ranks[i] + 8); // Zipf with the head flattened, as in real catalogues
            sum += _popularity[i];
            _quality[i] = 0.45 * rng.NextGaussian();
            _group[i] = rng.NextInt32(options.Groups);
        }

        for (int i = 0; i < options.Items; i++)
        {
            _popularity[i] /= sum;
        }

        for (int u = 0; u < options.Users; u++)
        {
            _activity[u] = Math.Clamp(55 * Math.Exp(0.5 * rng.NextGaussian()), 20, 300);
            _bias[u] = 0.35 * rng.NextGaussian();
            _start[u] = rng.NextInt32(options.Groups);
        }

        _interactions = new Lazy<Interactions>(Draw);
    }

    /// <summary>The log: ids such as <c>u0017</c> and <c>i203</c>, ratings 1…5, times within one year in seconds, titles
    /// that tell the taste group.</summary>
    public Interactions Interactions => _interactions.Value;

    /// <summary>What is known of the items: <c>genre</c>, one or two, of nine items in ten the genre of the item's taste group among
    /// them, and a <c>decade</c> that has nothing to do with taste.</summary>
    public FeatureTable ItemFeatures
    {
        get
        {
            var rng = new Rng(_options.Seed, ItemStream);
            var (genres, decades) = (new string[_options.Items][], new string[_options.Items][]);
            for (int i = 0; i < _options.Items; i++)
            {
                double noise = rng.NextDouble(), second = rng.NextDouble();
                int other = rng.NextInt32(_options.Groups), decade = rng.NextInt32(6);
                string first = Genre(noise < 0.9 ? _group[i] : other), beside = Genre((_group[i] + 1) % _options.Groups);
                genres[i] = second < 0.25 && first != beside ? [first, beside] : [first];
                decades[i] = [string.Create(CultureInfo.InvariantCulture, $"{1960 + (10 * decade)}s")];
            }

            return Table(_options.Items, Item, new FeatureValues("genre", genres), new FeatureValues("decade", decades));
        }
    }

    /// <summary>What is known of the users: a <c>favorite</c> genre, of three users in four that of the first group on the user's
    /// path, and an <c>age</c> that goes with that group for every second user.</summary>
    public FeatureTable UserFeatures
    {
        get
        {
            var rng = new Rng(_options.Seed, UserStream);
            var (favorites, ages) = (new string[_options.Users][], new string[_options.Users][]);
            for (int u = 0; u < _options.Users; u++)
            {
                double noise = rng.NextDouble(), typical = rng.NextDouble();
                int other = rng.NextInt32(_options.Groups), age = rng.NextInt32(Ages.Length);
                favorites[u] = [Genre(noise < 0.75 ? _start[u] : other)];
                ages[u] = [Ages[typical < 0.5 ? _start[u] * Ages.Length / _options.Groups : age]];
            }

            return Table(_options.Users, User, new FeatureValues("favorite", favorites), new FeatureValues("age", ages));
        }
    }

    /// <summary>What is known of the items and users of the default data, without the log.</summary>
    internal static (FeatureTable Items, FeatureTable Users) Features()
    {
        var demo = Generate();
        return (demo.ItemFeatures, demo.UserFeatures);
    }

    /// <summary>Generates the data; the same options give the same data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public static DemoData Generate(DemoOptions? options = null)
    {
        options ??= new DemoOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Users, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Items, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Groups, 4);
        return new DemoData(options);
    }

    /// <summary>The probability that a user meets an item and rates it 4 or 5.</summary>
    /// <param name="user">The user's id.</param>
    /// <param name="item">The item's id.</param>
    /// <exception cref="ArgumentException">The data has no such user or item.</exception>
    public double LikeProbability(string user, string item)
    {
        var (u, i) = (Number(user, User, _options.Users), Number(item, Item, _options.Items));
        return MeetProbability(u, i) * (RatingProbability(u, i, 4) + RatingProbability(u, i, 5));
    }

    /// <summary>The mean of the rating that a user would give to an item.</summary>
    /// <param name="user">The user's id.</param>
    /// <param name="item">The item's id.</param>
    /// <exception cref="ArgumentException">The data has no such user or item.</exception>
    public double ExpectedRating(string user, string item)
    {
        var (u, i) = (Number(user, User, _options.Users), Number(item, Item, _options.Items));
        return Enumerable.Range(1, 5).Sum(rating => rating * RatingProbability(u, i, rating));
    }

    private Interactions Draw()
    {
        const long Begin = 1_577_836_800, Year = 365 * 86_400; // 2020-01-01
        var rows = new List<(long Time, int User, int Item, int Rating)>();
        for (int u = 0; u < _options.Users; u++)
        {
            var rng = new Rng(_options.Seed, (ulong)u + 1);
            double arrival = 0.6 * rng.NextDouble(), stay = 0.4 * (0.25 + (0.75 * rng.NextDouble()));
            for (int i = 0; i < _options.Items; i++)
            {
                double meet = rng.NextDouble(), noise = rng.NextGaussian(), moment = rng.NextDouble();
                if (meet < MeetProbability(u, i))
                {
                    int step = Step(u, i);
                    double time = step < 0 ? moment : Math.Clamp((step + 0.2 + (0.9 * moment)) / 3, 0, 1);
                    rows.Add((Begin + (long)((arrival + (stay * time)) * Year), u, i, Round(Mean(u, i) + (Noise * noise))));
                }
            }
        }

        rows.Sort();
        return Interactions.From(rows.Select(r => new Interaction(User(r.User), Item(r.Item), r.Rating, r.Time)))
            .WithTitles(Titles());
    }

    private Dictionary<string, string> Titles()
    {
        var counts = new int[_options.Groups];
        return Enumerable.Range(0, _options.Items).ToDictionary(Item, i =>
        {
            int g = _group[i];
            return string.Create(CultureInfo.InvariantCulture, $"{Genre(g)} No. {++counts[g]}");
        });
    }

    private static string Genre(int group) => Genres[group % Genres.Length] + (group < Genres.Length ? "" : string.Create(CultureInfo.InvariantCulture, $" {(group / Genres.Length) + 1}"));

    // Ids have leading zeros, so that they ascend as they are numbered.
    private static FeatureTable Table(int count, Func<int, string> id, params FeatureValues[] columns) => new(IdMap.FromSorted([.. Enumerable.Range(0, count).Select(id)]), columns);

    // Where an item's group lies on a user's path: 0, 1, 2, or −1 off it.
    private int Step(int u, int i) =>
        ((_group[i] - _start[u] + _options.Groups) % _options.Groups) is < 3 and var step ? step : -1;

    private double MeetProbability(int u, int i)
    {
        double pull = Step(u, i) switch { 0 => 2.6, 1 => 2.0, 2 => 1.5, _ => 0.35 };
        return 1 - Math.Exp(-_activity[u] * _popularity[i] * pull);
    }

    private double Mean(int u, int i) => 3.1 + _quality[i] + _bias[u] + (Step(u, i) >= 0 ? 0.7 : -0.3);

    private static int Round(double x) => (int)Math.Clamp(Math.Floor(x + 0.5), 1, 5);

    // P(rating) for a normal latent value rounded to the nearest of 1…5.
    private double RatingProbability(int u, int i, int rating)
    {
        double mean = Mean(u, i);
        double above = rating == 5 ? 1 : NormalCdf((rating + 0.5 - mean) / Noise);
        double below = rating == 1 ? 0 : NormalCdf((rating - 0.5 - mean) / Noise);
        return above - below;
    }

    // Φ by its series (Marsaglia 2004, "Evaluating the normal distribution"), to about 1e-15.
    private static double NormalCdf(double x)
    {
        if (Math.Abs(x) > 8)
        {
            return x < 0 ? 0 : 1;
        }

        double sum = x, term = x, previous = 0;
        for (int k = 3; sum != previous; k += 2)
        {
            previous = sum;
            term *= x * x / k;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp((-0.5 * x * x) - 0.91893853320467274));
    }

    private string User(int u) => "u" + (u + 1).ToString(Digits(_options.Users), CultureInfo.InvariantCulture);

    private string Item(int i) => "i" + (i + 1).ToString(Digits(_options.Items), CultureInfo.InvariantCulture);

    private static int Number(string id, Func<int, string> write, int count) =>
        id?.Length > 1 && int.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number >= 1 && number <= count && write(number - 1) == id
            ? number - 1
            : throw new ArgumentException($"The demo data has no id {id}; expected one of {write(0)} to {write(count - 1)}.", nameof(id));

    private static string Digits(int count) => "D" + count.ToString(CultureInfo.InvariantCulture).Length;
}
