"""Cauchy sums, scans of diagonal state space models and SGConv's filters as users of JAX write them, on the CPU."""

import jax
import jax.numpy as jnp
from jax import lax

# cauchy.sum


def cauchy_sum(inputs, size, options):
    """both terms of every pair at every node by broadcasting, as `cauchy` in srush/annotated-s4; XLA fuses it"""
    v, z, w = inputs["v"][..., None], inputs["z"], inputs["w"][..., None]
    return {"y": (v / (z - w) + v.conj() / (z - w.conj())).sum(1)}


# s4d.scan


def discretized(inputs, options):
    """Logarithms of the poles and input coefficients, as in S4D's official code, which subtracts 1 from e^z."""
    dt, A = inputs["dt"][:, None], inputs["A"]
    z = dt * A
    if options.get("discretization", "zoh") == "bilinear":
        return jnp.log((1 + z / 2) / (1 - z / 2)), inputs["B"] * dt / (1 - z / 2)
    return z, inputs["B"] * (jnp.exp(z) - 1) / A


def initial_state(inputs):
    """The state before the first step, `(B, H, M)`."""
    batch, A = inputs["u"].shape[0], inputs["A"]
    return inputs["x0"] if "x0" in inputs else jnp.zeros((batch, *A.shape), A.dtype)


def s4d_scan(inputs, size, options):
    """`lax.scan` over positions, as `scan_SSM` of srush/annotated-s4"""
    z, Bbar = discretized(inputs, options)
    Abar, C = jnp.exp(z), inputs["C"]

    def step(x, u):
        x = Abar * x + Bbar * u[..., None]
        return x, 2 * (C * x).sum(-1).real

    x, y = lax.scan(step, initial_state(inputs), jnp.moveaxis(inputs["u"], -1, 0))
    return {"y": jnp.moveaxis(y, 0, -1), "x": x}


def s4d_scan_associative(inputs, size, options):
    """`lax.associative_scan` over positions, as S5 does"""
    z, Bbar = discretized(inputs, options)
    u = inputs["u"]
    a = jnp.broadcast_to(jnp.exp(z)[:, None], (*u.shape, z.shape[-1]))
    b = Bbar[:, None] * u[..., None]

    def compose(first, second):
        return first[0] * second[0], second[0] * first[1] + second[1]

    product, x = lax.associative_scan(compose, (a, b), axis=2)
    x = x + product * initial_state(inputs)[:, :, None]
    return {"y": 2 * (inputs["C"][:, None] * x).sum(-1).real, "x": x[:, :, -1]}


def s4d_scan_convolution(inputs, size, options):
    """the filter and real transforms of twice the length; states as sums of powers"""
    z, Bbar = discretized(inputs, options)
    u, L = inputs["u"], inputs["u"].shape[-1]
    powers = jnp.exp(z[..., None] * jnp.arange(L))
    K = 2 * jnp.einsum("hm,hml->hl", inputs["C"] * Bbar, powers).real
    y = jnp.fft.irfft(jnp.fft.rfft(u, n=2 * L) * jnp.fft.rfft(K, n=2 * L), n=2 * L)[..., :L]
    x = Bbar * jnp.einsum("hml,bhl->bhm", powers[..., ::-1], u)
    if "x0" in inputs:
        y = y + 2 * jnp.einsum("hm,bhm,hml->bhl", inputs["C"] * jnp.exp(z), inputs["x0"], powers).real
        x = x + jnp.exp(z * L) * inputs["x0"]
    return {"y": y, "x": x}


# sgconv.filter


def sgconv_filter(inputs, size, options):
    """`jax.image.resize` for each scale, as `GConv` in `gconv_standalone.py` of ctlllll/SGConv interpolates"""
    kappa, is_sum, decay = inputs["kappa"], options.get("mode") == "sum", options.get("decay", 2.0)
    S, H, W = kappa.shape
    scales = []
    for i in range(S):
        factor = 2 ** (i if is_sum else max(0, i - 1))
        scale = jax.image.resize(kappa[i], (H, W * factor), "linear") * decay ** (S - 1 - i)
        scales.append(jnp.pad(scale, ((0, 0), (0, W * 2 ** (S - 1) - W * factor))) if is_sum else scale)
    k = sum(scales) if is_sum else jnp.concatenate(scales, -1)
    if options.get("norm", True):
        k = k / jnp.linalg.norm(k, axis=-1, keepdims=True)
    L = size["L"]
    return {"K": jnp.pad(k[:, :L], ((0, 0), (0, max(0, L - k.shape[-1]))))}


KERNELS = {
    "cauchy.sum": {"jax": cauchy_sum},
    "s4d.scan": {
        "jax": s4d_scan,
        "jax-associative": s4d_scan_associative,
        "jax-convolution": s4d_scan_convolution,
    },
    "sgconv.filter": {"jax": sgconv_filter},
}
