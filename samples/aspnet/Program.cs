// A shop that has accounts, orders and a shelf of its own. The five lines that end in a number add Encore; the fifth is
// "Encore" in appsettings.json.
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Encore.Server; // 1
using FilmShop;
using Microsoft.AspNetCore.Authentication.BearerToken;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddAuthentication(BearerTokenDefaults.AuthenticationScheme).AddBearerToken();
builder.Services.AddAuthorizationBuilder().AddPolicy("staff", policy => policy.RequireRole("staff"));
builder.Services.AddSingleton<Orders>();
builder.Services.AddEncore(); // 2

var app = builder.Build();
app.MapGet("/", () => "The film shop");

// A real shop has a store of accounts, with hashes of passwords.
app.MapPost("/login", (Login login, IConfiguration settings) =>
{
    string? expected = settings[$"Accounts:{login.Name}:Password"];
    if (expected is null || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(login.Password)))
    {
        return Results.Unauthorized();
    }

    Claim[] claims = [new(ClaimTypes.NameIdentifier, login.Name), new(ClaimTypes.Role, settings[$"Accounts:{login.Name}:Role"] ?? "customer")];
    return Results.SignIn(new ClaimsPrincipal(new ClaimsIdentity(claims, BearerTokenDefaults.AuthenticationScheme)));
});
app.MapPost("/orders", (Order order, ClaimsPrincipal user, Orders orders) => orders.Add(user, order)).RequireAuthorization();
app.MapGet("/orders", (ClaimsPrincipal user, Orders orders) => orders.Of(user)).RequireAuthorization();
app.MapEncore("/films").RequireAuthorization(); // 3
app.MapEncoreAdmin("/films").RequireAuthorization("staff"); // 4

// The models in the shop's own code: what somebody with these orders may like.
app.MapGet("/shelf", (ClaimsPrincipal user, Orders orders, EncoreModels models, CancellationToken cancellationToken) =>
    Shelf.OfAsync(user, orders, models, cancellationToken)).RequireAuthorization();
app.Run();
