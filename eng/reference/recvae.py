"""Golden values for RecVAE (Shenbin et al., WSDM 2020), computed in float64 with PyTorch autograd; shares no code with Encore.

Run from the root of the repository (Debian: apt-get install python3-torch python3-numpy):
    python3 eng/reference/recvae.py tests/Encore.Tests/Golden/recvae.json [SEED]
Same seed, same file. Before it writes, it checks every gradient against central differences.

Weight matrices are stored as [inputs, outputs], so a layer is y = x W + b. Users are rows.

What is computed, for a batch of users with histories x:
    v    = x / |x|_2, times the given mask (0 or 1 / (1 - p)) while the encoder is trained
    h1   = LN1(swish(v W1 + b1)),  hl = LNl(swish(h(l-1) Wl + bl + h1 + ... + h(l-1))), l = 2..5
           swish(a) = a sigmoid(a);  LN(a) = (a - mean) / sqrt(variance + 0.1) * g + c, variance biased, over the width
    mu   = h5 Wmu + bmu,  lv = h5 Wlv + blv,  z = mu + epsilon exp(lv / 2)
    s    = z Wd + bd
    prior: per dimension, log p(z) = logsumexp(log .15 + log N(z; 0, 1), log .75 + log N(z; mu_old, exp lv_old),
           log .10 + log N(z; 0, exp 10)); mu_old and lv_old come from the old encoder on the same x without a mask
    loss = mean over users of [ -sum_i x_i log softmax(s)_i + w_u sum_d (log N(z; mu, exp lv) - log p(z)) ]
           w_u = gamma sum_i x_ui, or beta where one is given
"""
import json
import math
import sys

import torch

OUT = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20200203
USERS, ITEMS, HIDDEN, LATENT, LAYERS = 7, 11, 5, 3, 5
EPS, GAMMA, BETA, DROPOUT, RATE = 0.1, 0.05, 0.3, 0.5, 0.01
WEIGHTS = (0.15, 0.75, 0.10)
LV_WIDE = 10.0
ENCODER_SWEEPS, EPOCHS, BATCHES = 3, 2, ((0, 1, 2, 3), (4, 5, 6))

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(SEED)


def normal(*shape, scale=0.4):
    return torch.randn(*shape, generator=generator) * scale


def encoder(scale):
    p = {}
    for l in range(1, LAYERS + 1):
        p[f"W{l}"] = normal(ITEMS if l == 1 else HIDDEN, HIDDEN, scale=scale)
        p[f"b{l}"] = normal(HIDDEN, scale=0.2)
        p[f"g{l}"] = 1 + normal(HIDDEN, scale=0.2)
        p[f"c{l}"] = normal(HIDDEN, scale=0.2)
    for head in ("mu", "lv"):
        p[f"W{head}"] = normal(HIDDEN, LATENT, scale=scale)
        p[f"b{head}"] = normal(LATENT, scale=0.2)
    return p


def encode(p, v):
    hs, pre = [], []
    for l in range(1, LAYERS + 1):
        a = (hs[-1] if hs else v) @ p[f"W{l}"] + p[f"b{l}"]
        for h in hs:
            a = a + h
        t = a * torch.sigmoid(a)
        mean = t.mean(1, keepdim=True)
        variance = ((t - mean) ** 2).mean(1, keepdim=True)
        pre.append(a)
        hs.append((t - mean) / torch.sqrt(variance + EPS) * p[f"g{l}"] + p[f"c{l}"])
    return pre, hs, hs[-1] @ p["Wmu"] + p["bmu"], hs[-1] @ p["Wlv"] + p["blv"]


def log_normal(z, mu, lv):
    return -0.5 * (lv + math.log(2 * math.pi) + (z - mu) ** 2 / torch.exp(lv))


def log_prior(z, mu_old, lv_old):
    zero = torch.zeros_like(z)
    parts = [math.log(WEIGHTS[0]) + log_normal(z, zero, zero),
             math.log(WEIGHTS[1]) + log_normal(z, mu_old, lv_old),
             math.log(WEIGHTS[2]) + log_normal(z, zero, zero + LV_WIDE)]
    return torch.logsumexp(torch.stack(parts), 0)


def normalized(x):
    return x / x.norm(dim=1, keepdim=True)


def step(p, old, x, mask, epsilon, gamma=GAMMA, beta=None):
    """One forward pass in training: every intermediate value, and the loss with its parts."""
    v = normalized(x) if mask is None else normalized(x) * mask
    pre, hs, mu, lv = encode(p, v)
    z = mu + epsilon * torch.exp(lv / 2)
    s = z @ p["Wd"] + p["bd"]
    with torch.no_grad():
        _, _, mu_old, lv_old = encode(old, normalized(x))
    log_p, log_q = log_prior(z, mu_old, lv_old), log_normal(z, mu, lv)
    nll = -(x * torch.log_softmax(s, 1)).sum(1)
    divergence = (log_q - log_p).sum(1)
    weight = gamma * x.sum(1) if beta is None else torch.full_like(divergence, beta)
    loss = (nll + weight * divergence).mean()
    return dict(pre=pre, hidden=hs, mu=mu, logVariance=lv, z=z, scores=s, oldMu=mu_old, oldLogVariance=lv_old,
                logPrior=log_p, logPosterior=log_q, nll=nll, divergence=divergence, weight=weight, loss=loss)


def is_decoder(name):
    return name in ("Wd", "bd")


def trainable(p):
    return {k: v.detach().clone().requires_grad_(True) for k, v in p.items()}


def gradients(p, **kw):
    p = trainable(p)
    forward = step(p, **kw)
    forward["loss"].backward()
    return forward, {k: v.grad for k, v in p.items()}


def check(p, grads, **kw):
    """Central differences for every entry of every parameter."""
    worst = 0.0
    with torch.no_grad():
        for name, value in p.items():
            flat, h = value.view(-1), 1e-6
            for i in range(flat.numel()):
                keep = flat[i].item()
                flat[i] = keep + h
                above = step(p, **kw)["loss"].item()
                flat[i] = keep - h
                below = step(p, **kw)["loss"].item()
                flat[i] = keep
                worst = max(worst, abs((above - below) / (2 * h) - grads[name].view(-1)[i].item()))
    if not worst < 1e-7:
        raise SystemExit(f"gradients differ from central differences by {worst}")
    return worst


def plain(v):
    if isinstance(v, torch.Tensor):
        return v.detach().tolist()
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    return [plain(x) for x in v] if isinstance(v, (list, tuple)) else v


def mask_of(users):
    return (torch.rand(users, ITEMS, generator=generator) >= DROPOUT).double() / (1 - DROPOUT)


x = (torch.rand(USERS, ITEMS, generator=generator) < 0.4).double()
x[:, 0] = 1  # no empty history
parameters = {**encoder(0.4), "Wd": normal(LATENT, ITEMS), "bd": normal(ITEMS, scale=0.2)}
old = encoder(0.4)
mask, epsilon = mask_of(USERS), normal(USERS, LATENT, scale=1.0)

encoder_step = dict(old=old, x=x, mask=mask, epsilon=epsilon)
decoder_step = dict(old=old, x=x, mask=None, epsilon=epsilon)
forward, grads = gradients(parameters, **encoder_step)
worst = check(parameters, grads, **encoder_step)
forward_decoder, grads_decoder = gradients(parameters, **decoder_step)
worst = max(worst, check(parameters, grads_decoder, **decoder_step))
forward_beta, grads_beta = gradients(parameters, beta=BETA, **encoder_step)
worst = max(worst, check(parameters, grads_beta, beta=BETA, **encoder_step))

# The prior by itself: points far apart, so that each of the three parts of the mixture is the largest once.
points = torch.tensor([[0.1, -4.0, 60.0], [-0.3, 2.5, -9.0]])
prior_mu, prior_lv = torch.tensor([[0.5, -3.9, 0.2], [-5.0, 2.4, 1.0]]), torch.tensor([[0.3, -2.0, -0.5], [1.5, -1.0, 0.7]])
z = points.clone().requires_grad_(True)
log_p = log_prior(z, prior_mu, prior_lv)
log_p.sum().backward()

# The prediction: z is the mean, and nothing is dropped.
_, _, mu, _ = encode(parameters, normalized(x))

# Two epochs: three sweeps of encoder steps, the encoder copied into the prior, one sweep of decoder steps.
# One Adam for each group (PyTorch's defaults but the rate); every step has its own mask and epsilon.
p = trainable(parameters)
prior = {k: v.clone() for k, v in old.items()}
groups = {name: torch.optim.Adam([v for k, v in p.items() if is_decoder(k) == (name == "decoder")], lr=RATE)
          for name in ("encoder", "decoder")}
steps, after = [], []
for epoch in range(EPOCHS):
    for sweep in range(ENCODER_SWEEPS + 1):
        group = "encoder" if sweep < ENCODER_SWEEPS else "decoder"
        if group == "decoder":
            prior = {k: p[k].detach().clone() for k in prior}
        for batch in BATCHES:
            rows = list(batch)
            m = mask_of(len(rows)) if group == "encoder" else None
            e = normal(len(rows), LATENT, scale=1.0)
            for v in p.values():
                v.grad = None
            result = step(p, prior, x[rows], m, e)
            result["loss"].backward()
            groups[group].step()
            steps.append(dict(epoch=epoch, sweep=sweep, group=group, rows=rows, mask=[] if m is None else m, epsilon=e,
                              loss=result["loss"].item(), nll=result["nll"].mean().item()))
    after.append({k: v.detach().clone() for k, v in p.items()})

golden = dict(
    config=dict(users=USERS, items=ITEMS, hidden=HIDDEN, latent=LATENT, layers=LAYERS, normEpsilon=EPS, gamma=GAMMA, beta=BETA,
                mixture=list(WEIGHTS), wideLogVariance=LV_WIDE, dropout=DROPOUT, seed=SEED,
                loss="mean over users of -sum x log softmax(s) + gamma |x| sum_d (log q(z) - log p(z)); see eng/reference/recvae.py"),
    input=dict(feedback=x, mask=mask, corrupted=normalized(x) * mask, epsilon=epsilon),
    parameters=parameters, old=old,
    encoderStep=dict(forward, gradients=grads),
    decoderStep=dict({k: forward_decoder[k] for k in ("mu", "logVariance", "z", "scores", "logPrior", "logPosterior", "nll",
                                                      "divergence", "loss")}, gradients=grads_decoder),
    withBeta=dict(loss=forward_beta["loss"], gradients=grads_beta),
    prior=dict(z=points, mu=prior_mu, logVariance=prior_lv, logPrior=log_p, gradient=z.grad),
    prediction=dict(z=mu, scores=mu @ parameters["Wd"] + parameters["bd"]),
    adam=dict(rate=RATE, beta1=0.9, beta2=0.999, epsilon=1e-8, steps=steps, after=after))
json.dump(plain(golden), open(OUT, "w"))
print(f"loss {forward['loss'].item():.12f}, decoder step {forward_decoder['loss'].item():.12f}, "
      f"worst difference from central differences {worst:.1e}")
