"""s4d.scan in NumPy: the recurrence, step by step."""

import numpy as np

from common import discretized, serve


def states(inputs, Abar, Bbar):
    """The state before the first step and after each."""
    u = inputs["u"]
    x = np.empty((u.shape[-1] + 1, *u.shape[:2], Abar.shape[-1]), Abar.dtype)
    x[0] = inputs.get("x0", 0)
    for l in range(u.shape[-1]):
        x[l + 1] = Abar * x[l] + Bbar * u[..., l, None]
    return x


def scan(inputs, size, options):
    """Steps through the sequence"""
    dt, A, B, C = inputs["dt"][:, None], inputs["A"], inputs["B"], inputs["C"]
    Abar, scale, *_ = discretized(dt * A, options)
    x = states(inputs, Abar, B * dt * scale)
    return {"y": 2 * np.moveaxis((C * x[1:]).real.sum(axis=-1), 0, -1), "x": x[-1]}


def gradient(inputs, cotangents, size, options):
    dt, A, B, C, u = inputs["dt"][:, None], inputs["A"], inputs["B"], inputs["C"], inputs["u"]
    Abar, scale, by_Abar, by_scale, by_step = discretized(dt * A, options)
    Bbar = B * dt * scale
    x = states(inputs, Abar, Bbar)
    g = 2 * cotangents["y"] if "y" in cotangents else np.zeros_like(u)
    # What the results change by with each state, from the last.
    adjoints = np.empty_like(x)
    adjoints[-1] = cotangents.get("x", 0)
    for l in reversed(range(u.shape[-1])):
        adjoints[l + 1] += g[..., l, None] * C.conj()
        adjoints[l] = Abar.conj() * adjoints[l + 1]
    after, steps = adjoints[1:], np.moveaxis(u, -1, 0)[..., None]
    grad_Abar, grad_Bbar = (x[:-1].conj() * after).sum(axis=(0, 1)), (steps * after).sum(axis=(0, 1))
    through_Abar = by_Abar.conj() * grad_Abar
    gradients = {
        "dt": (A.conj() * through_Abar + (B * by_step).conj() * grad_Bbar).real.sum(axis=-1),
        "A": dt * (through_Abar + (B * dt * by_scale).conj() * grad_Bbar),
        "B": (dt * scale).conj() * grad_Bbar,
        "C": (np.moveaxis(g, -1, 0)[..., None] * x[1:].conj()).sum(axis=(0, 1)),
        "u": np.moveaxis((Bbar.conj() * after).real.sum(axis=-1), 0, -1),
    }
    return {**gradients, "x0": adjoints[0]} if "x0" in inputs else gradients


if __name__ == "__main__":
    serve(scan, gradient)
