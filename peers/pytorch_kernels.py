"""The suite's kernels as users of PyTorch write them, on the CPU.

Every function takes the inputs by name, the stated size and the options, and gives the outputs by name. Gradients are
autograd's, through the same function.

PyTorch's associative scan is not among them: it is a prototype, and compiled for the CPU it corrupts memory at some
lengths (2.13, seen at L = 31).
"""

import functools

import torch
import torch.nn.functional as F

import pytorch_hippo
import pytorch_s4
import pytorch_scans
import pytorch_spacetime
import pytorch_sums

VERSION = f"PyTorch {torch.__version__}"


def prepared(forward, case, wants_gradient, precision, threads):
    """The call to time and the function that makes NumPy arrays of what it gives."""
    torch.set_num_threads(threads)
    # Code compiled for an earlier size does not count against the limit after which PyTorch stops compiling.
    torch.compiler.reset()
    inputs = {name: torch.from_numpy(value).requires_grad_(wants_gradient) for name, value in case.inputs.items()}
    cotangents = {name: torch.from_numpy(value) for name, value in case.cotangents.items()}

    def outputs():
        with torch.no_grad():
            return forward(inputs, case.size, case.options)

    def gradients():
        results = forward(inputs, case.size, case.options)
        values = torch.autograd.grad(
            [results[name] for name in cotangents],
            list(inputs.values()),
            list(cotangents.values()),
            allow_unused=True,
            materialize_grads=True,
        )
        return dict(zip(inputs, values))

    def fetched(results):
        return {name: value.resolve_conj().numpy() for name, value in results.items()}

    return (gradients if wants_gradient else outputs), fetched


# s4d.filter


def discretized(inputs, options):
    """Poles' logarithms and coefficients of the modes, as in S4D's official code, which subtracts 1 from e^z."""
    dt, A = inputs["dt"][:, None], inputs["A"]
    z = dt * A
    coefficient = inputs["B"] * inputs["C"]
    if options.get("discretization", "zoh") == "bilinear":
        return torch.log((1 + z / 2) / (1 - z / 2)), coefficient * dt / (1 - z / 2)
    return z, coefficient * (torch.exp(z) - 1) / A


def s4d_filter(inputs, size, options):
    """the official S4D code: a complex Vandermonde matrix by broadcasting, and einsum

    `S4DKernel.forward` in `models/s4/s4d.py` of state-spaces/s4, with an input coefficient.
    """
    z, v = discretized(inputs, options)
    powers = torch.exp(z[..., None] * torch.arange(size["L"]))
    return {"K": 2 * torch.einsum("hm,hml->hl", v, powers).real}


@torch.compile
def real_vandermonde(decay, phase, real, imaginary, positions):
    angle = phase[..., None] * positions
    powers = torch.exp(decay[..., None] * positions)
    return 2 * (powers * (real[..., None] * torch.cos(angle) - imaginary[..., None] * torch.sin(angle))).sum(1)


def s4d_filter_compiled(inputs, size, options):
    """the same sum in real numbers, fused by Inductor, which generates no code for complex ones"""
    z, v = discretized(inputs, options)
    positions = torch.arange(size["L"], dtype=z.real.dtype)
    return {"K": real_vandermonde(z.real, z.imag, v.real, v.imag, positions)}


# mamba.scan


def selection(inputs, options):
    """Step sizes after bias and softplus, by group of channels: `(B, G, D/G, L)`; and u likewise."""
    delta, groups = inputs["delta"], inputs["B"].shape[1]
    if "bias" in inputs:
        delta = delta + inputs["bias"][:, None]
    if options.get("softplus"):
        delta = F.softplus(delta)
    return delta.unflatten(1, (groups, -1)), inputs["u"].unflatten(1, (groups, -1))


def multipliers(dtA, options):
    """What each step multiplies the state by."""
    return 2 * torch.exp(dtA) - 1 if options.get("eigenvalues") == "signed" else torch.exp(dtA)


def initial_state(inputs):
    """The state before the first step, `(B, D, N)`."""
    (batch, channels, _), states = inputs["u"].shape, inputs["A"].shape[1]
    return inputs["x0"] if "x0" in inputs else inputs["u"].new_zeros(batch, channels, states)


def gated(y, inputs):
    """The output after skip and gate."""
    if "D" in inputs:
        y = y + inputs["D"][:, None] * inputs["u"]
    return y * F.silu(inputs["z"]) if "z" in inputs else y


def mamba_scan(inputs, size, options):
    """the official reference: all multipliers at once, then a loop over positions

    `selective_scan_ref` in `mamba_ssm/ops/selective_scan_interface.py` of state-spaces/mamba, except that time is split
    by `unbind`: the gradient of each index would be as large as the whole array.
    """
    delta, u = selection(inputs, options)
    A = inputs["A"].unflatten(0, (delta.shape[1], -1))
    a = multipliers(torch.einsum("bgdl,gdn->bgdln", delta, A), options).flatten(1, 2)
    b = torch.einsum("bgdl,bgnl,bgdl->bgdln", delta, inputs["B"], u).flatten(1, 2)
    x = initial_state(inputs)
    ys = []
    for at, bt, ct in zip(a.unbind(2), b.unbind(2), inputs["C"].unbind(3)):
        x = at * x + bt
        ys.append(torch.einsum("bgdn,bgn->bgd", x.unflatten(1, (delta.shape[1], -1)), ct).flatten(1))
    return {"y": gated(torch.stack(ys, dim=2), inputs), "x": x}


@functools.partial(torch.compile, dynamic=False)
def scan_step(x, dt, u, A, b, c, signed):
    a = multipliers(dt[..., None] * A, {"eigenvalues": "signed"} if signed else {})
    x = a * x + (dt * u)[..., None] * b[:, :, None]
    return x, (x * c[:, :, None]).sum(-1)


def mamba_scan_stepwise(inputs, size, options):
    """a loop over positions whose step is one fused kernel"""
    delta, u = selection(inputs, options)
    groups = delta.shape[1]
    A = inputs["A"].unflatten(0, (groups, -1))
    x = initial_state(inputs).unflatten(1, (groups, -1))
    steps = zip(*(value.movedim(-1, 0).contiguous().unbind(0) for value in (delta, u, inputs["B"], inputs["C"])))
    ys = []
    for dt, ut, bt, ct in steps:
        x, y = scan_step(x, dt, ut, A, bt, ct, options.get("eigenvalues") == "signed")
        ys.append(y)
    return {"y": gated(torch.stack(ys, dim=-1).flatten(1, 2), inputs), "x": x.flatten(1, 2)}


# convolution.causal


def causal_convolution(inputs, size, options):
    """real transforms of twice the length

    `fftconv_ref` in `fftconv.py` of HazyResearch/H3, without its gate.
    """
    u, L = inputs["u"], inputs["u"].shape[-1]
    K = inputs["K"][:, :L]
    product = torch.fft.rfft(u, n=2 * L) * torch.fft.rfft(K, n=2 * L)
    y = torch.fft.irfft(product, n=2 * L)[..., :L]
    return {"y": y + u * inputs["D"][:, None] if "D" in inputs else y}


@torch.compile
def causal_convolution_compiled(inputs, size, options):
    """the same, compiled: what surrounds the transforms is fused"""
    return causal_convolution(inputs, size, options)


KERNELS = {
    "s4d.filter": {"pytorch": s4d_filter, "pytorch-compile": s4d_filter_compiled},
    "mamba.scan": {"pytorch": mamba_scan, "pytorch-compile": mamba_scan_stepwise},
    "convolution.causal": {"pytorch": causal_convolution, "pytorch-compile": causal_convolution_compiled},
}
for module in (pytorch_hippo, pytorch_s4, pytorch_scans, pytorch_spacetime, pytorch_sums):
    KERNELS |= module.KERNELS
