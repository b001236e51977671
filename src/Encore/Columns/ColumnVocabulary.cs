using System.Text;

namespace Encore;

/// <summary>The words by which headers of public and private logs name their columns.</summary>
internal static class ColumnVocabulary
{
    /// <summary>Roles in the order of <c>--columns</c>.</summary>
    public const int User = 0, Item = 1, Rating = 2, Timestamp = 3, Count = 4;

    /// <summary>The rank of a name that does not fit a role.</summary>
    public const int NoMatch = int.MaxValue;

    // A name that fits word by word, behind all names that are known as a whole; and one that only serves where nothing
    // better is there.
    private const int ByWords = 1000, Makeshift = 2000;

    // Ratings' names that are taken whatever the column holds, so that a word among the numbers is an error.
    private const int SureRatings = 6;

    // Known as a whole, compared without case, blanks and punctuation; an earlier one is taken first.
    private static readonly string[][] Known =
    [
        ["user", "userid", "uid", "u", "username", "customer", "customerid", "visitorid", "reviewerid", "profileid", "custid",
            "msno", "steamid", "authorsteamid", "householdkey", "householdid", "fullvisitorid"],
        ["item", "itemid", "iid", "i", "movie", "movieid", "product", "productid", "parentasin", "asin", "sku", "bookid", "book",
            "isbn", "track", "trackid", "song", "songid", "artist", "artistid", "businessid", "gameid", "animeid", "articleid",
            "newsid", "videoid", "poiid", "venueid", "stockcode", "gmapid", "locationid", "appid", "aid", "contentid"],
        ["rating", "score", "stars", "overall", "value", "preference", "ratings", "userrating", "bookrating", "reviewoverall",
            "overallrating", "reviewrating", "reviewscore", "starrating", "myscore", "star", "rate", "grade", "vote"],
        ["timestamp", "time", "ts", "date", "datetime", "unixreviewtime", "eventtime", "createdat", "unixtime", "unixtimestamp",
            "tdat", "reviewtime", "reviewdate", "eventtimestamp", "timestampcreated", "dateadded", "eventdate", "checkintime",
            "utctime", "ratedat", "invoicedate"],
        ["weight", "playcount", "plays", "count", "listencount", "playtime", "playtimeforever", "quantity", "counts", "listens",
            "qty", "frequency", "clicks", "views", "purchases", "hours", "hoursplayed", "weights", "freq"],
    ];

    // Sessions and baskets stand for users where nobody else does.
    private static readonly string[] Baskets =
        ["session", "sessionid", "order", "orderid", "basket", "basketid", "invoice", "invoiceno", "invoiceid", "cartid", "transactionid", "playlist", "playlistid"];

    private static readonly HashSet<string> UserWords = Set(
        "user users customer reviewer member client person listener player reader buyer shopper rater voter subscriber viewer patron guest learner student patient profile cust");

    private static readonly HashSet<string> ItemWords = Set(
        "item items movie film product book track song artist album business game anime manga article news video venue poi location place recipe app joke show series " +
        "course hotel restaurant podcast episode paper repo asin isbn sku beer wine good");

    private static readonly HashSet<string> IdWords = Set(
        "id ids key no num number code hash sha1 mbid index idx uuid guid the my new original orig raw encoded hashed anon anonymous int str pseudo review target fk product");

    private static readonly HashSet<string> NameWords = Set("name title");

    private static readonly HashSet<string> RatingWords = Set("rating ratings score scores stars star rate vote grade overall");

    // Numbers of an item, not of a user's opinion; or no opinions at all.
    private static readonly HashSet<string> NotRatingWords = Set(
        "count counts num number no n total sum avg average mean median std stdev var variance min max id ids key imdb tmdb critic critics meta metacritic sentiment " +
        "helpful helpfulness useful funny cool pred predicted prediction expected global community confidence popularity date time timestamp datetime age content " +
        "exchange tax interest discount conversion bounce frame bit sample heart click type source by at on page name title text label item product movie");

    private static readonly HashSet<string> CountWords = Set("plays listens playcount playtime quantity qty playcounts purchases");

    private static readonly HashSet<string> Doings = Set("play plays listen listens listening watch view views click clicks purchase purchases visit visits order play played");

    private static readonly HashSet<string> Amounts = Set("count counts duration seconds minutes hours secs mins num times");

    private static readonly HashSet<string> NotCountWords = Set(
        "rating ratings review reviews score user users item items movie product avg average mean total max min id ids helpful vote votes global last first date timestamp");

    private static readonly HashSet<string> TimeWords = Set("time date timestamp datetime ts dat timestamps");

    private static readonly HashSet<string> Deeds = Set(
        "added created rated reviewed posted played purchased ordered watched listened visited clicked viewed bought read submitted event start");

    // When something other than the interaction happened, or how long it took.
    private static readonly HashSet<string> NotTimeWords = Set(
        "updated update updating modified modification edited edit deleted delete deletion release released publish published publication birth birthday dob expiry expires " +
        "expired expiration end ended finish finished join joined register registered registration signup since last zone offset spent run runtime prep cook delivery " +
        "shipping duration crawl crawled scraped scrape due total avg average mean count id format limit per return returned cancelled reading");

    /// <summary>How well a name fits a role: 0 is best; <see cref="NoMatch"/> does not fit.</summary>
    public static int Rank(string field, int role, ColumnContent content)
    {
        string[] words = Words(field);
        string normal = string.Concat(words);
        int known = Array.IndexOf(Known[role], normal);
        if (known >= 0)
        {
            bool holdsNone = content is ColumnContent.Date or ColumnContent.Text;
            return holdsNone && (role == Count || (role == Rating && known >= SureRatings)) ? NoMatch : known;
        }

        return role switch
        {
            User => IsId(words, UserWords) ? ByWords
                : Array.IndexOf(Baskets, normal) is >= 0 and var basket ? Makeshift + basket
                : IsName(words, UserWords) ? Makeshift + 100 : NoMatch,
            Item => IsId(words, ItemWords) ? ByWords : IsName(words, ItemWords) ? Makeshift : NoMatch,
            Rating => content is ColumnContent.Number or ColumnContent.Unknown && IsRating(words) ? ByWords : NoMatch,
            Count => content is ColumnContent.Number or ColumnContent.Unknown && IsCount(words) ? ByWords : NoMatch,
            _ => content is ColumnContent.Date or ColumnContent.Moment or ColumnContent.Unknown && IsTime(words) ? ByWords : NoMatch,
        };
    }

    /// <summary>Whether a rank is that of a name known as a whole.</summary>
    public static bool IsKnown(int rank) => rank < ByWords;

    /// <summary>Whether a rank is that of a name that says it holds ids.</summary>
    public static bool IsId(int rank) => rank < Makeshift;

    /// <summary>Whether a header's field is a usual name of a user or item column. Words that are as likely ids of a log
    /// without a header prove nothing alone.</summary>
    public static bool NamesAnId(string field)
    {
        string[] words = Words(field);
        string normal = string.Concat(words);
        return Known[User].Concat(Known[Item]).Contains(normal, StringComparer.Ordinal)
            || (words.Length > 1 && words[^1] == "id" && (IsId(words, UserWords) || IsId(words, ItemWords)));
    }

    private static bool IsIdLike(string field) =>
        Words(field) is [.., "id" or "ids" or "key" or "code" or "uuid" or "guid" or "mbid" or "asin" or "isbn" or "index" or "idx"]
        || field.EndsWith("id", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name says that its numbers are ids or places, and no opinion or amount.</summary>
    public static bool IsMeasure(string field) =>
        IsIdLike(field) || Words(field).Any(w => w is "latitude" or "longitude" or "lat" or "lon" or "lng" or "long");

    /// <summary>The first names that stand for a role, for errors.</summary>
    public static string Examples(int role) => string.Join(", ", Known[role].Take(3));

    /// <summary>A name in small letters without blanks, punctuation and RecBole's type.</summary>
    public static string Normal(string field) => string.Concat(Words(field));

    /// <summary>The words of a name in small letters: <c>Book-Rating</c>, <c>book_rating</c> and <c>bookRating</c> have
    /// two. What stands in brackets is left out.</summary>
    public static string[] Words(string field)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        string text = Bare(field);
        int depth = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            depth += c is '(' or '[' ? 1 : c is ')' or ']' ? -1 : 0;
            bool inWord = char.IsLetterOrDigit(c) && depth == 0;

            // userId → user id; userID → user id; UNIXTime → unix time.
            bool begins = char.IsUpper(c) && i > 0
                && (char.IsLower(text[i - 1]) || (char.IsUpper(text[i - 1]) && i + 1 < text.Length && char.IsLower(text[i + 1])));
            if ((!inWord || begins) && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }

            if (inWord)
            {
                word.Append(char.ToLowerInvariant(c));
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return [.. words];
    }

    // RecBole's atomic files write the type behind a colon: user_id:token.
    public static string Bare(string field) =>
        field.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? field[..colon] : field;

    private static bool IsId(string[] words, HashSet<string> nouns) =>
        words.Any(nouns.Contains) && words.All(w => nouns.Contains(w) || IdWords.Contains(w));

    private static bool IsName(string[] words, HashSet<string> nouns) =>
        words.Any(nouns.Contains) && words.Any(NameWords.Contains)
        && words.All(w => nouns.Contains(w) || IdWords.Contains(w) || NameWords.Contains(w));

    private static bool IsRating(string[] words) => words.Any(RatingWords.Contains) && !words.Any(NotRatingWords.Contains);

    private static bool IsCount(string[] words) => !words.Any(NotCountWords.Contains)
        && (words.Any(CountWords.Contains) || (words.Any(Doings.Contains) && words.Any(w => Amounts.Contains(w) || w == "time")));

    private static bool IsTime(string[] words) => !words.Any(NotTimeWords.Contains)
        && (words is [.., var last] && TimeWords.Contains(last)
            || (words is [var first, .. { Length: > 0 } rest] && TimeWords.Contains(first) && rest.All(Deeds.Contains))
            || (words is [.., var deed, "at" or "on"] && Deeds.Contains(deed)));

    private static HashSet<string> Set(string words) => [.. words.Split(' ')];
}
