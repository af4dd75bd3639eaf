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
    adjoint = np.zeros_like(x[0]) + cotangents.get("x", 0)
    grad_C, grad_Abar, grad_Bbar, grad_u = np.zeros_like(C), np.zeros_like(A), np.zeros_like(A), np.empty_like(u)
    for l in reversed(range(u.shape[-1])):
        grad_C += (g[..., l, None] * x[l + 1].conj()).sum(axis=0)
        adjoint = adjoint + g[..., l, None] * C.conj()
        grad_u[..., l] = (Bbar.conj() * adjoint).real.sum(axis=-1)
        grad_Bbar += (u[..., l, None] * adjoint).sum(axis=0)
        grad_Abar += (x[l].conj() * adjoint).sum(axis=0)
        adjoint = Abar.conj() * adjoint
    through_Abar = by_Abar.conj() * grad_Abar
    gradients = {
        "dt": (A.conj() * through_Abar + (B * by_step).conj() * grad_Bbar).real.sum(axis=-1),
        "A": dt * (through_Abar + (B * dt * by_scale).conj() * grad_Bbar),
        "B": (dt * scale).conj() * grad_Bbar,
        "C": grad_C,
        "u": grad_u,
    }
    return {**gradients, "x0": adjoint} if "x0" in inputs else gradients


if __name__ == "__main__":
    serve(scan, gradient)
