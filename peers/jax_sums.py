"""Sums of exponentials as users of JAX write them, on the CPU; `jax_kernels.py` says how peers are called."""

import jax
import jax.numpy as jnp

# vandermonde.sum


def vandermonde(x, length):
    """The powers `e^(x l)`, `(H, M, L)`."""
    return jnp.exp(x[..., None] * jnp.arange(length))


def vandermonde_sum(inputs, size, options):
    """a complex Vandermonde matrix by broadcasting, and einsum

    `log_vandermonde_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4.
    """
    return {"y": 2 * jnp.einsum("hm,hml->hl", inputs["v"], vandermonde(inputs["x"], size["L"])).real}


# vandermonde.transpose


def vandermonde_transpose(inputs, size, options):
    """a complex Vandermonde matrix by broadcasting, and einsum

    `log_vandermonde_transpose_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4, without coefficients.
    """
    u = inputs["u"]
    return {"y": jnp.einsum("hl,hml->hm", u, vandermonde(inputs["x"], u.shape[-1]))}


# dss.filter


def dss_filter(inputs, size, options):
    """a complex matrix of shifted powers by broadcasting, a geometric sum, and einsum

    `dss_kernel` in `s4/dss.py` of srush/annotated-s4, without its 1e-7.
    """
    z, length = inputs["dt"][:, None] * inputs["A"], size["L"]
    positions = jnp.arange(length)
    if options.get("mode") == "softmax":
        grows = z.real > 0
        z = jnp.where(grows, -z, z)
        positions = jnp.where(grows[..., None], length - 1 - positions, positions)
        weight = (jnp.exp(z) - 1) / (jnp.exp(z * length) - 1)
    else:
        weight = jnp.exp(z) - 1
    powers = jnp.exp(z[..., None] * positions)
    return {"K": jnp.einsum("hm,hml->hl", inputs["C"] / inputs["A"] * weight, powers).real}


# ema.filter


def ema_filter(inputs, size, options):
    """a Vandermonde matrix by broadcasting, and einsum

    `EMAKernel` in `src/models/sequence/kernels/kernel.py` of state-spaces/s4.
    """
    p = jax.nn.sigmoid(inputs["delta"])
    q = 1 - p * jax.nn.sigmoid(inputs["alpha"])
    powers = jnp.exp(jnp.arange(size["L"]) * jnp.log(q)[..., None])
    return {"K": jnp.einsum("hn,hnl->hl", p * inputs["beta"] * inputs["gamma"] / q.shape[1] ** 0.5, powers)}


KERNELS = {
    "vandermonde.sum": {"jax": vandermonde_sum},
    "vandermonde.transpose": {"jax": vandermonde_transpose},
    "dss.filter": {"jax": dss_filter},
    "ema.filter": {"jax": ema_filter},
}
