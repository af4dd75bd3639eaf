"""Cauchy sums, scans of diagonal state space models and SGConv's filters as users of PyTorch write them, on the CPU."""

import functools

import torch
import torch.nn.functional as F

# cauchy.sum


def cauchy_sum(inputs, size, options):
    """`cauchy_naive` in `src/models/functional/cauchy.py` of state-spaces/s4: broadcasting over all poles and nodes"""
    v, z, w = inputs["v"], inputs["z"], inputs["w"]
    v = torch.cat([v, v.conj()], dim=-1)
    w = torch.cat([w, w.conj()], dim=-1)
    return {"y": (v.unsqueeze(-1) / (z.unsqueeze(-2) - w.unsqueeze(-1))).sum(dim=-2)}


@torch.compile
def real_cauchy(v, w, z):
    """The combined form of S4's KeOps code, in real numbers: v, w and z hold real and imaginary parts."""
    (a, b), (s, t), (x, y) = v[..., None], w[..., None], z
    d = x - s
    real, imaginary = d * d + (t - y) * (t + y), 2 * d * y
    inverse = 2 / (real * real + imaginary * imaginary)
    n = a * d - b * t
    return ((n * real + a * y * imaginary) * inverse).sum(1), ((a * y * real - n * imaginary) * inverse).sum(1)


def cauchy_sum_compiled(inputs, size, options):
    """both terms of a pair in real numbers, fused by Inductor, which generates no code for complex ones"""
    v, z, w = (torch.stack([inputs[name].real, inputs[name].imag]) for name in "vzw")
    return {"y": torch.complex(*real_cauchy(v, w, z))}


# s4d.scan


def discretized(inputs, options):
    """Logarithms of the poles and input coefficients, as in S4D's official code, which subtracts 1 from e^z."""
    dt, A = inputs["dt"][:, None], inputs["A"]
    z = dt * A
    if options.get("discretization", "zoh") == "bilinear":
        return torch.log((1 + z / 2) / (1 - z / 2)), inputs["B"] * dt / (1 - z / 2)
    return z, inputs["B"] * (torch.exp(z) - 1) / A


def initial_state(inputs):
    """The state before the first step, `(B, H, M)`."""
    (batch, _, _), A = inputs["u"].shape, inputs["A"]
    return inputs["x0"] if "x0" in inputs else A.new_zeros(batch, *A.shape)


def s4d_scan(inputs, size, options):
    """a loop over positions: `step` of `SSMKernelDiag` in `src/models/sequence/kernels/ssm.py` of state-spaces/s4"""
    z, Bbar = discretized(inputs, options)
    Abar, C = torch.exp(z), inputs["C"]
    x, ys = initial_state(inputs), []
    for u in inputs["u"].unbind(-1):
        x = Abar * x + Bbar * u[..., None]
        ys.append(2 * (C * x).sum(-1).real)
    return {"y": torch.stack(ys, -1), "x": x}


@functools.partial(torch.compile, dynamic=False)
def real_step(xr, xi, u, ar, ai, br, bi, cr, ci):
    u = u[..., None]
    xr, xi = ar * xr - ai * xi + br * u, ar * xi + ai * xr + bi * u
    return xr, xi, 2 * (cr * xr - ci * xi).sum(-1)


def s4d_scan_stepwise(inputs, size, options):
    """a loop over positions whose step is one fused kernel in real numbers"""
    z, Bbar = discretized(inputs, options)
    Abar = torch.exp(z)
    parts = [part.contiguous() for value in (Abar, Bbar, inputs["C"]) for part in (value.real, value.imag)]
    x = initial_state(inputs)
    xr, xi, ys = x.real.contiguous(), x.imag.contiguous(), []
    for u in inputs["u"].movedim(-1, 0).contiguous().unbind(0):
        xr, xi, y = real_step(xr, xi, u, *parts)
        ys.append(y)
    return {"y": torch.stack(ys, -1), "x": torch.complex(xr, xi)}


def s4d_scan_convolution(inputs, size, options):
    """the filter and real transforms of twice the length

    `S4D.forward` in `models/s4/s4d.py` of state-spaces/s4; what the state before adds and the last state are sums of powers,
    as in `SSMKernelDiag`.
    """
    z, Bbar = discretized(inputs, options)
    u, L = inputs["u"], inputs["u"].shape[-1]
    powers = torch.exp(z[..., None] * torch.arange(L))
    K = 2 * torch.einsum("hm,hml->hl", inputs["C"] * Bbar, powers).real
    y = torch.fft.irfft(torch.fft.rfft(u, n=2 * L) * torch.fft.rfft(K, n=2 * L), n=2 * L)[..., :L]
    x = Bbar * torch.einsum("hml,bhl->bhm", powers.flip(-1), u.to(powers.dtype))
    if "x0" in inputs:
        y = y + 2 * torch.einsum("hm,bhm,hml->bhl", inputs["C"] * torch.exp(z), inputs["x0"], powers).real
        x = x + torch.exp(z * L) * inputs["x0"]
    return {"y": y, "x": x}


# sgconv.filter


def sgconv_filter(inputs, size, options):
    """`GConv.forward` in `gconv_standalone.py` of ctlllll/SGConv: `interpolate` for each scale, `cat` or padded sums

    The norm is that of this call, and has a gradient.
    """
    kappa, is_sum, decay = inputs["kappa"], options.get("mode") == "sum", options.get("decay", 2.0)
    S, _, W = kappa.shape
    scales = []
    for i in range(S):
        factor = 2 ** (i if is_sum else max(0, i - 1))
        scale = F.interpolate(kappa[i][None], scale_factor=factor, mode="linear")[0] * decay ** (S - 1 - i)
        scales.append(F.pad(scale, (0, W * 2 ** (S - 1) - scale.shape[-1])) if is_sum else scale)
    k = sum(scales) if is_sum else torch.cat(scales, -1)
    if options.get("norm", True):
        k = k / k.norm(dim=-1, keepdim=True)
    return {"K": F.pad(k, (0, size["L"] - k.shape[-1]))}


@torch.compile
def sgconv_filter_compiled(inputs, size, options):
    """the same, compiled"""
    return sgconv_filter(inputs, size, options)


KERNELS = {
    "cauchy.sum": {"pytorch": cauchy_sum, "pytorch-compile": cauchy_sum_compiled},
    "s4d.scan": {
        "pytorch": s4d_scan,
        "pytorch-compile": s4d_scan_stepwise,
        "pytorch-convolution": s4d_scan_convolution,
    },
    "sgconv.filter": {"pytorch": sgconv_filter, "pytorch-compile": sgconv_filter_compiled},
}
