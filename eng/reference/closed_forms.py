"""The weights of the linear models, computed with NumPy from their definitions; shares no code with Encore.

Reads a problem from standard input as JSON and writes the weights to standard output as JSON: tests compare Encore's with them.
    python3 eng/reference/closed_forms.py < problem.json > weights.json

The problem: X [users, items], T [items, features], U [users, features], columns [[start, count], ...] of T, and for each model
its settings. Every model is solved column by column as the regression that defines it (numpy.linalg.solve), not by the shortcut
with the inverse that Encore takes; MARec's weights of attributes by trying all subsets.
"""
import itertools
import json
import sys

import numpy as np


def without_self(gram, penalty, target):
    """argmin_b b'(gram + diag(penalty))b - 2 b'target[:, j] with b_j = 0, for each j."""
    size, columns = target.shape
    b = np.zeros((size, columns))
    a = gram + np.diag(penalty)
    for j in range(columns):
        others = np.array([i for i in range(size) if i != j])
        b[others, j] = np.linalg.solve(a[np.ix_(others, others)], target[others, j])
    return b


def ease(p, s):
    """The family: dropout, a power penalty, a bounded or free diagonal, weights of users and popularity."""
    x, n = p["X"], p["X"].shape[1]
    counts = (x != 0).sum(1)
    a = np.maximum(counts, 1.0) ** -s.get("user-power", 0)
    g = x.T @ (a[:, None] * x)
    drop = s.get("dropout", 0)
    c = np.diag(g)
    penalty = s["l2"] + drop / (1 - drop) * c + s.get("penalty", 0) * np.where(c > 0, np.maximum(c, 1e-300) ** s.get("penalty-power", .75), 0)
    rule = s.get("diagonal", "zero")
    if rule == "zero":
        b = without_self(g, penalty, g)
    else:
        free = np.linalg.solve(g + np.diag(penalty), g)
        b = free.copy()
        bound = 1.0 if rule == "free" else s["bound"]
        for j in range(n):  # at the bound, b_jj is given and the others regress on what it leaves
            if free[j, j] > bound:
                others = np.array([i for i in range(n) if i != j])
                full = g + np.diag(penalty)
                b[j, j] = bound
                b[others, j] = np.linalg.solve(full[np.ix_(others, others)], g[others, j] - full[others, j] * bound)
    users = np.maximum((x != 0).sum(0), 1.0)
    return b * (users[:, None] / users[None, :]) ** s.get("popularity-power", 0)


def cease(p, s):
    n = p["X"].shape[1]
    g = p["X"].T @ p["X"] + s["alpha"] ** 2 * p["T"] @ p["T"].T
    return without_self(g, np.full(n, s["l2"]), g)


def add_ease(p, s):
    n = p["X"].shape[1]
    g, t = p["X"].T @ p["X"], p["T"] @ p["T"].T
    return (1 - s["alpha"]) * without_self(g, np.full(n, s["l2"]), g) + s["alpha"] * without_self(t, np.full(n, s["feature-l2"]), t)


def likeness(p, k):
    """R: of each item, a column, the cosines of its features to the k most alike items that somebody has met."""
    t, met = p["T"], (p["X"] != 0).any(0)
    norms = np.linalg.norm(t, axis=1)
    cosine = (t @ t.T) / np.where(np.outer(norms, norms) > 0, np.outer(norms, norms), 1)
    np.fill_diagonal(cosine, 0)
    cosine[~met, :] = 0
    r = np.zeros_like(cosine)
    for j in range(len(t)):
        order = sorted((i for i in range(len(t)) if cosine[i, j] > 0), key=lambda i: (-np.float32(cosine[i, j]), i))[:k]
        r[order, j] = cosine[order, j]
    return r


def fease(p, s):
    x, n = p["X"], p["X"].shape[1]
    z = np.hstack([x, s["beta"] * p["U"]]) if s["beta"] > 0 else x
    size = z.shape[1]
    g = z.T @ z
    g[:n, :n] += s["alpha"] ** 2 * p["T"] @ p["T"].T
    target = g[:, :n].copy()
    penalty = np.full(size, float(s["l2"]))
    if s["delta"] > 0:
        penalty[:n] += s["delta"]
        target[:n] += s["delta"] * likeness(p, s["neighbours"])
    return without_self(g, penalty, target)


def marec(p, s):
    x, t, n = p["X"], p["T"], p["X"].shape[1]
    alone = []
    for start, count in p["columns"]:
        f = t[:, start:start + count]
        norms = np.linalg.norm(f, axis=1)
        h = (f @ f.T) / (np.outer(norms, norms) + s["shrinkage"])
        np.fill_diagonal(h, 0)
        alone.append(h)
    terms = alone + [a * b for a, b in itertools.combinations(alone, 2)]

    # x_uj on an intercept and x_u H_t, pairs that did not meet weigh .1, no negative weight but the intercept's
    counts = (x != 0).sum(0)
    items = counts > 0
    y = np.stack([np.ones_like(x)] + [x @ h for h in terms])[:, :, items].reshape(len(terms) + 1, -1)
    target, weight = x[:, items].ravel(), np.where(x[:, items] != 0, 1, .1).ravel()
    best, mu = np.inf, None
    for size in range(len(terms) + 1):
        for chosen in itertools.combinations(range(1, len(terms) + 1), size):
            rows = [0, *chosen]
            a = (y[rows] * weight) @ y[rows].T
            solution = np.linalg.lstsq(a, (y[rows] * weight) @ target, rcond=None)[0]
            if (solution[1:] < 0).any():
                continue
            error = (weight * (target - solution @ y[rows]) ** 2).sum()
            if error < best - 1e-12:
                best, mu = error, np.zeros(len(terms))
                for k, value in zip(chosen, solution[1:]):
                    mu[k - 1] = value
    h = sum(m * term for m, term in zip(mu, terms))
    met = np.sort(counts[items])
    limit = max(1, met[int(s["percentile"] / 100 * len(met))])
    d = np.where(counts <= limit, s["beta"] * (limit - counts) / limit, 0)
    g = x.T @ x
    content = s["alpha"] * (g @ h) * d[None, :]
    inverse = np.linalg.inv(g + s["l2"] * np.eye(n) + content)
    b = np.eye(n) - inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(b, 0)
    return b


MODELS = {"ease": ease, "cease": cease, "add-ease": add_ease, "fease": fease, "marec": marec}

problem = json.load(sys.stdin)
data = {name: np.array(problem[name], dtype=float) for name in ("X", "T", "U")} | {"columns": problem["columns"]}
json.dump([MODELS[m["name"]](data, m["settings"]).tolist() for m in problem["models"]], sys.stdout)
