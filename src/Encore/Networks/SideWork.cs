namespace Encore.Networks;

/// <summary>Tasks that may run beside something else, in any order, on threads that it leaves idle.</summary>
internal readonly record struct SideWork(int Tasks, Action<int> Run);
