"""mamba.scan in NumPy: the recurrence, step by step."""

import numpy as np

from common import serve


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def steps(inputs, options):
    """delta with its bias, and dt."""
    shifted = inputs["delta"] + inputs["bias"][:, None] if "bias" in inputs else inputs["delta"]
    return shifted, np.logaddexp(0, shifted) if options.get("softplus", False) else shifted


def by_channel(rows, channels):
    """(B, G, N, L) as (L, B, D, N): each channel with its group's rows."""
    return np.moveaxis(np.repeat(rows, channels // rows.shape[1], axis=1), -1, 0)


def by_group(rows, groups):
    """(L, B, D, N) as (B, G, N, L): summed over each group's channels."""
    L, B, D, N = rows.shape
    return np.moveaxis(rows.reshape(L, B, groups, D // groups, N).sum(axis=3), 0, -1)


def states(inputs, dt, options):
    """The state before the first step and after each, the decays, and these without what `signed` subtracts."""
    u, A = inputs["u"], inputs["A"]
    D, L = u.shape[1:]
    B = by_channel(inputs["B"], D)
    decay = np.exp(np.moveaxis(dt, -1, 0)[..., None] * A)
    power = decay
    if options.get("eigenvalues", "positive") == "signed":
        power = 2 * decay
        decay = power - 1
    x = np.empty((L + 1, *u.shape[:2], A.shape[-1]), u.dtype)
    x[0] = inputs.get("x0", 0)
    for l in range(L):
        x[l + 1] = decay[l] * x[l] + (dt * u)[..., l, None] * B[l]
    return x, decay, power


def readout(inputs, x):
    """C x + D u (B, D, L)."""
    u = inputs["u"]
    y = np.moveaxis((by_channel(inputs["C"], u.shape[1]) * x[1:]).sum(axis=-1), 0, -1)
    return y + inputs["D"][:, None] * u if "D" in inputs else y


def scan(inputs, size, options):
    """Steps through the sequence"""
    _, dt = steps(inputs, options)
    x, _, _ = states(inputs, dt, options)
    y = readout(inputs, x)
    if "z" in inputs:
        y = y * (inputs["z"] * sigmoid(inputs["z"]))
    return {"y": y, "x": x[-1]}


def gradient(inputs, cotangents, size, options):
    u, A = inputs["u"], inputs["A"]
    D, L = u.shape[1:]
    shifted, dt = steps(inputs, options)
    x, decay, power = states(inputs, dt, options)
    B, C = by_channel(inputs["B"], D), by_channel(inputs["C"], D)
    g = cotangents.get("y", np.zeros_like(u))
    gradients = {}
    if "z" in inputs:
        z, s = inputs["z"], sigmoid(inputs["z"])
        gradients["z"] = g * readout(inputs, x) * s * (1 + z * sigmoid(-z))
        g = g * z * s
    # The adjoint of every state, from the last to the first.
    last = np.zeros_like(x[0]) + cotangents.get("x", 0)
    adjoint = np.empty_like(x[1:])
    for l in reversed(range(L)):
        adjoint[l] = last + g[..., l, None] * C[l]
        last = decay[l] * adjoint[l]
    u_first, dt_first, g_first = (np.moveaxis(array, -1, 0)[..., None] for array in (u, dt, g))
    by_power = adjoint * x[:-1] * power
    by_dt = np.moveaxis((adjoint * B * u_first + by_power * A).sum(axis=-1), 0, -1)
    gradients["u"] = np.moveaxis((adjoint * B * dt_first).sum(axis=-1), 0, -1)
    gradients["A"] = (by_power * dt_first).sum(axis=(0, 1))
    gradients["B"] = by_group(adjoint * dt_first * u_first, inputs["B"].shape[1])
    gradients["C"] = by_group(g_first * x[1:], inputs["C"].shape[1])
    gradients["delta"] = by_dt * sigmoid(shifted) if options.get("softplus", False) else by_dt
    if "bias" in inputs:
        gradients["bias"] = gradients["delta"].sum(axis=(0, 2))
    if "D" in inputs:
        gradients["u"] = gradients["u"] + inputs["D"][:, None] * g
        gradients["D"] = (g * u).sum(axis=(0, 2))
    if "x0" in inputs:
        gradients["x0"] = last
    return gradients


if __name__ == "__main__":
    serve(scan, gradient)
