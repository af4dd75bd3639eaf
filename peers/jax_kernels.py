"""The suite's kernels as users of JAX write them, compiled by `jax.jit`, on the CPU.

Every function takes the inputs by name, the stated size and the options, and gives the outputs by name. Gradients are
`jax.vjp`'s, through the same function. JAX takes as many threads as it may use cores.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import jax_hippo
import jax_s4
import jax_scans
import jax_spacetime
import jax_sums

VERSION = f"JAX {jax.__version__}"


def prepared(forward, case, wants_gradient, precision, threads):
    """The call to time and the function that makes NumPy arrays of what it gives."""
    jax.config.update("jax_enable_x64", precision == "double")
    inputs, cotangents = jax.tree.map(jnp.asarray, (case.inputs, case.cotangents))

    @jax.jit
    def outputs(inputs, cotangents):
        return forward(inputs, case.size, case.options)

    @jax.jit
    def gradients(inputs, cotangents):
        results, pullback = jax.vjp(lambda inputs: forward(inputs, case.size, case.options), inputs)
        missing = {name: jnp.zeros_like(value) for name, value in results.items()}
        # JAX's gradient of a real function is d/dRe - i d/dIm: of cotangents as of what it gives.
        (values,) = pullback(jax.tree.map(jnp.conj, missing | cotangents))
        return jax.tree.map(jnp.conj, values)

    function = gradients if wants_gradient else outputs

    def fetched(results):
        return {name: np.asarray(value) for name, value in results.items()}

    return lambda: jax.block_until_ready(function(inputs, cotangents)), fetched


# s4d.filter


def s4d_filter(inputs, size, options):
    """a complex Vandermonde matrix by broadcasting, and einsum

    `S4DKernel.forward` in `models/s4/s4d.py` of state-spaces/s4, which subtracts 1 from e^z, with an input coefficient.
    """
    dt, A = inputs["dt"][:, None], inputs["A"]
    z, v = dt * A, inputs["B"] * inputs["C"]
    if options.get("discretization", "zoh") == "bilinear":
        z, v = jnp.log((1 + z / 2) / (1 - z / 2)), v * dt / (1 - z / 2)
    else:
        v = v * (jnp.exp(z) - 1) / A
    powers = jnp.exp(z[..., None] * jnp.arange(size["L"]))
    return {"K": 2 * jnp.einsum("hm,hml->hl", v, powers).real}


# mamba.scan


def selection(inputs, options):
    """Step sizes after bias and softplus, by group of channels: `(B, G, D/G, L)`; u likewise; A by groups."""
    delta, (batch, groups, _, length) = inputs["delta"], inputs["B"].shape
    if "bias" in inputs:
        delta = delta + inputs["bias"][:, None]
    if options.get("softplus"):
        delta = jax.nn.softplus(delta)
    shape = (batch, groups, -1, length)
    return delta.reshape(shape), inputs["u"].reshape(shape), inputs["A"].reshape(groups, -1, inputs["A"].shape[1])


def multipliers(dtA, options):
    """What each step multiplies the state by."""
    return 2 * jnp.exp(dtA) - 1 if options.get("eigenvalues") == "signed" else jnp.exp(dtA)


def initial_state(inputs):
    """The state before the first step, `(B, G, D/G, N)`."""
    (batch, channels, _), (_, groups, states, _) = inputs["u"].shape, inputs["B"].shape
    x0 = inputs["x0"] if "x0" in inputs else jnp.zeros((batch, channels, states), inputs["u"].dtype)
    return x0.reshape(batch, groups, -1, states)


def finished(y, x, inputs):
    """The outputs after skip and gate, with groups joined."""
    y = y.reshape(inputs["u"].shape)
    if "D" in inputs:
        y = y + inputs["D"][:, None] * inputs["u"]
    if "z" in inputs:
        y = y * jax.nn.silu(inputs["z"])
    return {"y": y, "x": x.reshape(x.shape[0], -1, x.shape[-1])}


def mamba_scan(inputs, size, options):
    """`lax.scan` over positions"""
    delta, u, A = selection(inputs, options)

    def step(x, at):
        dt, u, B, C = at
        x = multipliers(dt[..., None] * A, options) * x + (dt * u)[..., None] * B[:, :, None]
        return x, (x * C[:, :, None]).sum(-1)

    sequences = tuple(jnp.moveaxis(value, -1, 0) for value in (delta, u, inputs["B"], inputs["C"]))
    x, y = lax.scan(step, initial_state(inputs), sequences)
    return finished(jnp.moveaxis(y, 0, -1), x, inputs)


def mamba_scan_associative(inputs, size, options):
    """`lax.associative_scan` over positions"""
    delta, u, A = selection(inputs, options)
    a = multipliers(delta[..., None] * A[:, :, None], options)
    b = (delta * u)[..., None] * inputs["B"].mT[:, :, None]

    def compose(first, second):
        return first[0] * second[0], second[0] * first[1] + second[1]

    product, x = lax.associative_scan(compose, (a, b), axis=3)
    x = x + product * initial_state(inputs)[:, :, :, None]
    y = (x * inputs["C"].mT[:, :, None]).sum(-1)
    return finished(y, x[:, :, :, -1], inputs)


# convolution.causal


def causal_convolution(inputs, size, options):
    """real transforms of twice the length"""
    u, L = inputs["u"], inputs["u"].shape[-1]
    K = inputs["K"][:, :L]
    product = jnp.fft.rfft(u, n=2 * L) * jnp.fft.rfft(K, n=2 * L)
    y = jnp.fft.irfft(product, n=2 * L)[..., :L]
    return {"y": y + u * inputs["D"][:, None] if "D" in inputs else y}


KERNELS = {
    "s4d.filter": {"jax": s4d_filter},
    "mamba.scan": {"jax": mamba_scan, "jax-associative": mamba_scan_associative},
    "convolution.causal": {"jax": causal_convolution},
}
for module in (jax_hippo, jax_s4, jax_scans, jax_spacetime, jax_sums):
    KERNELS |= module.KERNELS
