"""Sums of exponentials as users of PyTorch write them, on the CPU; `pytorch_kernels.py` says how peers are called."""

import torch

# vandermonde.sum


def vandermonde(x, length):
    """The powers `e^(x l)`, `(H, M, L)`."""
    return torch.exp(x[..., None] * torch.arange(length))


def vandermonde_sum(inputs, size, options):
    """the official code: a complex Vandermonde matrix by broadcasting, and einsum

    `log_vandermonde_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4, and in `models/s4/s4.py`.
    """
    return {"y": 2 * torch.einsum("hm,hml->hl", inputs["v"], vandermonde(inputs["x"], size["L"])).real}


@torch.compile
def real_vandermonde(decay, phase, real, imaginary, positions):
    angle = phase[..., None] * positions
    powers = torch.exp(decay[..., None] * positions)
    return (powers * (real[..., None] * torch.cos(angle) - imaginary[..., None] * torch.sin(angle))).sum(1)


def vandermonde_sum_compiled(inputs, size, options):
    """the same sum in real numbers, fused by Inductor, which generates no code for complex ones"""
    x, v = inputs["x"], inputs["v"]
    positions = torch.arange(size["L"], dtype=x.real.dtype)
    return {"y": 2 * real_vandermonde(x.real, x.imag, v.real, v.imag, positions)}


# vandermonde.transpose


def vandermonde_transpose(inputs, size, options):
    """the official code: a complex Vandermonde matrix by broadcasting, and einsum

    `log_vandermonde_transpose_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4, without coefficients.
    """
    powers = vandermonde(inputs["x"], inputs["u"].shape[-1])
    return {"y": torch.einsum("hl,hml->hm", inputs["u"].to(powers.dtype), powers)}


@torch.compile
def real_vandermonde_transpose(decay, phase, u, positions):
    angle = phase[..., None] * positions
    weighted = torch.exp(decay[..., None] * positions) * u[:, None]
    return (weighted * torch.cos(angle)).sum(-1), (weighted * torch.sin(angle)).sum(-1)


def vandermonde_transpose_compiled(inputs, size, options):
    """the same sums in real numbers, fused by Inductor"""
    x, u = inputs["x"], inputs["u"]
    positions = torch.arange(u.shape[-1], dtype=u.dtype)
    return {"y": torch.complex(*real_vandermonde_transpose(x.real, x.imag, u, positions))}


# dss.filter


def dss_weights(z, length, is_softmax):
    """Exponents, positions and what coefficients are multiplied by; a softmax counts growing modes from the end."""
    positions = torch.arange(length, dtype=z.real.dtype)
    if not is_softmax:
        return z, positions, torch.exp(z) - 1
    grows = z.real > 0
    z = torch.where(grows, -z, z)
    positions = torch.where(grows[..., None], length - 1 - positions, positions)
    return z, positions, (torch.exp(z) - 1) / (torch.exp(z * length) - 1)


def dss_filter(inputs, size, options):
    """the official code: a complex matrix of shifted powers by broadcasting, a geometric sum, and einsum

    disc='dss' of `SSMKernelDiag` in `src/models/sequence/kernels/ssm.py` of state-spaces/s4, without its 1e-7 and with the
    gradient that it leaves out.
    """
    z, positions, weight = dss_weights(inputs["dt"][:, None] * inputs["A"], size["L"], options.get("mode") == "softmax")
    powers = torch.exp(z[..., None] * positions)
    return {"K": torch.einsum("hm,hml->hl", inputs["C"] / inputs["A"] * weight, powers).real}


def dss_filter_compiled(inputs, size, options):
    """the same sum in real numbers, fused by Inductor"""
    z, positions, weight = dss_weights(inputs["dt"][:, None] * inputs["A"], size["L"], options.get("mode") == "softmax")
    v = inputs["C"] / inputs["A"] * weight
    return {"K": real_vandermonde(z.real, z.imag, v.real, v.imag, positions)}


# ema.filter


def ema_filter(inputs, size, options):
    """the official code: a Vandermonde matrix by broadcasting, and einsum

    `EMAKernel` in `src/models/sequence/kernels/kernel.py` of state-spaces/s4.
    """
    p = torch.sigmoid(inputs["delta"])
    q = 1 - p * torch.sigmoid(inputs["alpha"])
    powers = torch.exp(torch.arange(size["L"], dtype=q.dtype) * torch.log(q)[..., None])
    return {"K": torch.einsum("hn,hnl->hl", p * inputs["beta"] * inputs["gamma"] / q.shape[1] ** 0.5, powers)}


@torch.compile
def ema_powers(coefficients, logarithms, positions):
    return (coefficients[..., None] * torch.exp(positions * logarithms[..., None])).sum(1)


def ema_filter_compiled(inputs, size, options):
    """the same, the powers never stored"""
    p = torch.sigmoid(inputs["delta"])
    q = 1 - p * torch.sigmoid(inputs["alpha"])
    coefficients = p * inputs["beta"] * inputs["gamma"] / q.shape[1] ** 0.5
    return {"K": ema_powers(coefficients, torch.log(q), torch.arange(size["L"], dtype=q.dtype))}


KERNELS = {
    "vandermonde.sum": {"pytorch": vandermonde_sum, "pytorch-compile": vandermonde_sum_compiled},
    "vandermonde.transpose": {"pytorch": vandermonde_transpose, "pytorch-compile": vandermonde_transpose_compiled},
    "dss.filter": {"pytorch": dss_filter, "pytorch-compile": dss_filter_compiled},
    "ema.filter": {"pytorch": ema_filter, "pytorch-compile": ema_filter_compiled},
}
