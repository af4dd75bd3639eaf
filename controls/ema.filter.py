"""ema.filter in NumPy: every power of every average."""

import numpy as np

from common import positions, serve


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def powers(inputs, count):
    """The weights p = σ(δ), the decays q = 1 − p σ(α), and q^l on a new last axis."""
    alpha, delta = inputs["alpha"], inputs["delta"]
    # 1 − p σ(α) without cancellation where both are near 1; where it is near 1 itself, powers are of its logarithm.
    q = sigmoid(-delta) + sigmoid(delta) * sigmoid(-alpha)
    log = np.log1p(-np.where(q > 0.5, sigmoid(delta) * sigmoid(alpha), 0))[..., None]
    l = positions(count, alpha)
    return sigmoid(delta), q, np.where(q[..., None] > 0.5, np.exp(log * l), q[..., None] ** l)


def ema(inputs, size, options):
    """Sums the powers of all averages"""
    p, _, power = powers(inputs, size["L"])
    weights = p * inputs["beta"] * inputs["gamma"] / np.sqrt(p.dtype.type(p.shape[-1]))
    return {"K": (weights[..., None] * power).sum(axis=1)}


def gradient(inputs, cotangents, size, options):
    beta, gamma = inputs["beta"], inputs["gamma"]
    g = cotangents["K"][:, None] / np.sqrt(beta.dtype.type(beta.shape[-1]))
    p, _, power = powers(inputs, size["L"])
    by_weight = (g * power).sum(axis=-1)
    by_q = p * beta * gamma * (g[..., 1:] * positions(size["L"], p)[1:] * power[..., :-1]).sum(axis=-1)
    s = sigmoid(inputs["alpha"])
    by_p = beta * gamma * by_weight - s * by_q
    return {
        "alpha": -p * s * sigmoid(-inputs["alpha"]) * by_q,
        "delta": p * sigmoid(-inputs["delta"]) * by_p,
        "beta": p * gamma * by_weight,
        "gamma": p * beta * by_weight,
    }


if __name__ == "__main__":
    serve(ema, gradient)
