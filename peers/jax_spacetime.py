"""SpaceTime's kernels as users of JAX write them: see jax_kernels.py."""

import jax.numpy as jnp
from jax import lax


def companion(a):
    """The matrices with ones below the diagonal and a in the last column."""
    N = a.shape[-1]
    return jnp.eye(N, k=-1, dtype=a.dtype) + a[:, :, None] * jnp.eye(N, dtype=a.dtype)[-1]


def krylov(L, A, x):
    """The columns x, A x, … A^(L-1) x, whose number doubles with each square of A, as in SpaceTime's official code."""
    columns = x[..., None]
    while columns.shape[-1] < L:
        columns = jnp.concatenate([columns, A @ columns[..., : L - columns.shape[-1]]], axis=-1)
        if columns.shape[-1] < L:
            A = A @ A
    return columns


def companion_filter(inputs, size, options):
    """columns of powers, doubled in number by dense squares, and a product with c"""
    columns = krylov(size["L"], companion(inputs["a"]), inputs["b"])
    return {"K": jnp.einsum("hn,hnl->hl", inputs["c"], columns)}


def companion_forecast(inputs, size, options):
    """columns of powers of the closed loop's matrix, doubled in number by dense squares"""
    loop = companion(inputs["a"]) + inputs["b"][:, :, None] * inputs["k"][:, None]
    columns = krylov(size["L"], loop, inputs["x"])
    return {key: jnp.einsum("hn,bhnl->bhl", inputs[row], columns) for key, row in (("y", "c"), ("u", "k"))}


def preprocess(inputs, size, options):
    """`jnp.diff` of a padded row; or less its mean by `lax.reduce_window`"""
    u = inputs["u"]
    if (order := options.get("order")) is not None:
        return {"y": jnp.diff(jnp.pad(u, ((0, 0), (0, 0), (order, 0))), n=order)}
    window = options["window"]
    sums = lax.reduce_window(u, 0.0, lax.add, (1, 1, window), (1, 1, 1), ((0, 0), (0, 0), (window - 1, 0)))
    return {"y": u - sums / window}


KERNELS = {
    "companion.filter": {"jax": companion_filter},
    "companion.forecast": {"jax": companion_forecast},
    "spacetime.preprocess": {"jax": preprocess},
}
