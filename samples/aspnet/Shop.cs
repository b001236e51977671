using System.Collections.Concurrent;
using System.Security.Claims;
using Encore.Recommending;
using Encore.Server;

namespace FilmShop;

/// <summary>Who wants in.</summary>
/// <param name="Name">The name of the account.</param>
/// <param name="Password">Its password.</param>
public sealed record Login(string Name, string Password);

/// <summary>A film that somebody buys.</summary>
/// <param name="Film">The film's id.</param>
/// <param name="Note">A word to the shop; null: none.</param>
public sealed record Order(string Film, string? Note);

/// <summary>The orders of all accounts, as long as the shop runs.</summary>
public sealed class Orders
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<Order>> _orders = new();

    /// <summary>Takes an order.</summary>
    public Order Add(ClaimsPrincipal user, Order order)
    {
        ArgumentNullException.ThrowIfNull(user);
        ArgumentNullException.ThrowIfNull(order);
        _orders.GetOrAdd(Name(user), _ => new ConcurrentQueue<Order>()).Enqueue(order);
        return order;
    }

    /// <summary>The orders of an account, oldest first.</summary>
    public IReadOnlyList<Order> Of(ClaimsPrincipal user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _orders.TryGetValue(Name(user), out var orders) ? [.. orders] : [];
    }

    private static string Name(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier)!;
}

/// <summary>A film on the shelf.</summary>
/// <param name="Film">The film's id.</param>
/// <param name="Title">Its title; null where the model's file has none.</param>
public sealed record ShelfPlace(string Film, string? Title);

/// <summary>The films that are shown to an account.</summary>
public static class Shelf
{
    /// <summary>Five films, the best first, for what the account has ordered.</summary>
    public static async Task<IReadOnlyList<ShelfPlace>> OfAsync(ClaimsPrincipal user, Orders orders, EncoreModels models, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(orders);
        ArgumentNullException.ThrowIfNull(models);
        var request = new RecommendRequest
        {
            History = [.. orders.Of(user).Select(order => new HistoryItem(order.Film))],
            Options = new RecommendOptions { K = 5 },
        };
        var films = await models.RecommendAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. films.Select(film => new ShelfPlace(film.Item, film.Title))];
    }
}
